/**
 * Everything runs on InversifyJS 8; what touches the container runs on the newest 7 as well; older ones are tested in test/package.
 *
 * @jest-config-loader esbuild-register
 */
import type { Config } from 'jest';

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

export default config;

async function config(): Promise<Config> {
  const sources = await sourcesByName();
  return {
    // For a busy machine: many tests start a compiler or a process. What waits for a fact takes no longer for it.
    testTimeout: 300_000,
    // A run has to end. What an end leaves open is found by tests in processes of their own, which exit by themselves or fail.
    forceExit: true,
    projects: [
      {
        ...project,
        displayName: 'inversify 8',
        testMatch: ['<rootDir>/test/**/*.test.ts'],
        moduleNameMapper: sources,
      },
      {
        ...project,
        displayName: 'inversify 7',
        testMatch: [
          '<rootDir>/test/contract/**/*.test.ts',
          '<rootDir>/test/containers/**/*.test.ts',
          '<rootDir>/test/compliance/*-adapter.test.ts',
        ],
        moduleNameMapper: { ...sources, '^inversify$': 'inversify-7' },
      },
    ],
  };
}

/** The package's own entries are read from the sources. */
async function sourcesByName(): Promise<Record<string, string>> {
  // Loaded when asked for: this file is read as CommonJS, and the list is a module.
  const { ENTRIES, specifierOf } = await import('./tools/entries.mjs');
  const entries = Object.entries(ENTRIES).map(([name, source]) => [
    `^${specifierOf(name)}$`,
    `<rootDir>/${source}`,
  ]);
  return { '^(\\.{1,2}/.*)\\.js$': '$1', ...Object.fromEntries(entries) };
}
