/** Everything runs on InversifyJS 8; what touches the container runs on 7.5.2 as well. */
import { ENTRIES, specifierOf } from './tools/entries.mjs';

/** @import { Config } from 'jest' */

const sources = {
  '^(\\.{1,2}/.*)\\.js$': '$1',
  ...Object.fromEntries(Object.entries(ENTRIES).map(([name, source]) => [`^${specifierOf(name)}$`, `<rootDir>/${source}`])),
};

/** @satisfies {Config} */
const project = {
  roots: ['<rootDir>/test'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  setupFiles: ['reflect-metadata'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/build/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};

/** @type {Config} */
const config = {
  // For a busy machine: many tests start a compiler or a process.
  testTimeout: 30_000,
  // A run has to end. What an end leaves open is found by tests in processes of their own, which exit by themselves or fail.
  forceExit: true,
  projects: [
    { ...project, displayName: 'inversify 8', testMatch: ['<rootDir>/test/**/*.test.ts'], moduleNameMapper: sources },
    {
      ...project,
      displayName: 'inversify 7.5.2',
      testMatch: [
        '<rootDir>/test/contract/**/*.test.ts',
        '<rootDir>/test/containers/**/*.test.ts',
        '<rootDir>/test/compliance/*-adapter.test.ts',
      ],
      moduleNameMapper: { ...sources, '^inversify$': 'inversify-7' },
    },
  ],
};

export default config;
