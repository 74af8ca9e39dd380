/** What a program that bundles the library carries of it. */
import { brotliCompressSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { type BuildResult, build } from 'esbuild';
import { PROJECT } from '../support/program.js';

interface Bundle {
  /** Bytes, minified and compressed. */
  readonly size: number;
  readonly files: readonly string[];
}

const CORE = [
  `export * from './decorators/index.js';`,
  `export { Scope } from './src/scope/scope.js';`,
  `export { createRuntime } from './src/dispatch/create-runtime.js';`,
  `export { PlanCache } from './src/dispatch/handler-plan.js';`,
  `export { EventBus } from './src/bus/event-bus.js';`,
  `export { EventQueue } from './src/queue/event-queue.js';`,
  `export { queueParts } from './src/queue/queue-parts.js';`,
].join('\n');

async function bundle(contents: string): Promise<Bundle> {
  const { outputFiles, metafile } = await bundled(contents);
  const [output] = Object.values(metafile.outputs);
  const carried = Object.entries(output?.inputs ?? {}).filter(
    ([, { bytesInOutput }]) => bytesInOutput > 0,
  );
  const text = outputFiles[0]?.contents ?? new Uint8Array();
  return { size: brotliCompressSync(text).length, files: carried.map(([file]) => file) };
}

function bundled(contents: string): Promise<BuildResult<{ write: false; metafile: true }>> {
  return build({
    stdin: { contents, resolveDir: PROJECT, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    metafile: true,
    external: ['reflect-metadata'],
  });
}

describe('a bundle', () => {
  // The limits keep what has been reached; docs/reports/performance.md says what is aimed at.
  it('of the emitter alone carries no more than it did', async () => {
    const { size, files } = await bundle(`export { createScope } from './src/index.js';`);

    expect(size).toBeLessThanOrEqual(19_300);
    expect(
      files.filter((file) =>
        /src\/(bus|queue|scheduler|application|containers|engines|integrations|testing)\//.test(
          file,
        ),
      ),
    ).toEqual([]);
  });

  it('of the core carries no more than it did', async () => {
    const { size, files } = await bundle(CORE);

    expect(size).toBeLessThanOrEqual(40_100);
    expect(
      files.filter((file) =>
        /bridges|envelope|engine-backend|src\/(containers|engines|integrations|testing|compliance)\/|node_modules/.test(
          file,
        ),
      ),
    ).toEqual([]);
  });

  it('of all that carillon exports has nothing that only an application or an engine needs', async () => {
    const { files } = await bundle(`export * from './src/index.js';`);

    expect(
      files.filter((file) =>
        /envelope|codec\.|typed-json|payload-reader|remote-bus|queue\/(engine|memory)\/|deferred-handlers|backends|message-worker|check-queues|application\/(?!events\.)/.test(
          file,
        ),
      ),
    ).toEqual([]);
  });

  it('carries a bridge only where it is used', async () => {
    const without = await bundle(`export { createScope } from './src/index.js';`);
    const withBridge = await bundle(
      `export { createScope, fromEventTarget } from './src/index.js';`,
    );

    const added = withBridge.files.filter((file) => !without.files.includes(file));

    expect(added.filter((file) => file.includes('bridges/')).sort()).toEqual([
      'src/scope/bridges/bridge.ts',
      'src/scope/bridges/event-target.ts',
    ]);
  });
});
