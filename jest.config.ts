/**
 * Everything runs on InversifyJS 8; what touches the container runs on 7.5.2 as well.
 *
 * @jest-config-loader esbuild-register
 */
import type { Config } from 'jest';

const sources = {
  '^(\\.{1,2}/.*)\\.js$': '$1',
  '^carillon$': '<rootDir>/src/index.ts',
  '^carillon/decorators$': '<rootDir>/decorators/index.ts',
  '^carillon/adapter$': '<rootDir>/src/containers/adapter.ts',
  '^carillon/inversify$': '<rootDir>/src/containers/inversify/index.ts',
  '^carillon/nats$': '<rootDir>/src/providers/nats/index.ts',
  '^carillon/postgres$': '<rootDir>/src/providers/postgres/index.ts',
  '^carillon/rabbitmq$': '<rootDir>/src/providers/rabbitmq/index.ts',
  '^carillon/redis$': '<rootDir>/src/providers/redis/index.ts',
  '^carillon/sqlite$': '<rootDir>/src/providers/sqlite/index.ts',
  '^carillon/testing$': '<rootDir>/src/testing/index.ts',
  '^carillon/shutdown$': '<rootDir>/src/providers/shutdown/index.ts',
  '^carillon/node$': '<rootDir>/src/providers/node/index.ts',
  '^carillon/cron$': '<rootDir>/src/providers/cron/index.ts',
  '^carillon/class-validator$': '<rootDir>/src/providers/class-validator/index.ts',
};

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
} satisfies Config;

const config: Config = {
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
