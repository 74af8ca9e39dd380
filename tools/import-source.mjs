/** Modules of the sources that no entry exports, for tools and benchmarks. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** @param {string} source a file of the project, such as `src/queue/deferred-handlers.ts` */
export async function importSource(source) {
  const { outputFiles } = await build({
    entryPoints: [source],
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
  });
  return import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
  );
}
