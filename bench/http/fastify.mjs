/** One route of Fastify. */
import Fastify from 'fastify';

/** @import { Way } from './server.mjs' */

/** @param {Way} way */
export async function listen({ scopes, serve }) {
  const app = Fastify();
  if (scopes !== undefined) await app.register(scopes.fastify());
  app.get('/items/:id', ({ params }) => serve(scopes?.current, params.id));
  await app.listen({ host: '127.0.0.1', port: 0 });
  return app.server.address().port;
}
