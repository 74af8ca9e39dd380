/** Serves the game as a web page, to this machine only. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { MARKUP } from './markup.js';

/** Returns the address of the page once it can be asked for. */
export async function servePage(): Promise<string> {
  const program = await bundle();
  const server = createServer(({ url }, response) => {
    if (url === '/') response.setHeader('Content-Type', 'text/html; charset=utf-8').end(MARKUP);
    else if (url === '/page.js')
      response.setHeader('Content-Type', 'text/javascript; charset=utf-8').end(program);
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}/`;
}

/** The page's program with everything that it imports, as one script. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./page.js', import.meta.url))],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    write: false,
    // Reports and errors show the names of classes.
    keepNames: true,
  });
  return outputFiles[0]?.text ?? '';
}
