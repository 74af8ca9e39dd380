/** One route of Express. */
import { once } from 'node:events';
import express from 'express';

/** @import { Way } from './server.mjs' */

/** @param {Way} way */
export async function listen({ scopes, serve }) {
  const app = express();
  if (scopes !== undefined) app.use(scopes.express());
  const handle = async (container, { params }, response) =>
    void response.json(await serve(container, params.id));
  app.get(
    '/items/:id',
    scopes?.handler(handle) ?? ((request, response) => handle(undefined, request, response)),
  );
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}
