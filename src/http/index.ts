/** A scope for each request: Express, Fastify, Koa, Hono, WebSockets, jobs. Runs on Node.js, and where it has `node:async_hooks`. */
export type { ApplicationScope } from '../application/adapter-application.js';
export type { Connection } from './connections.js';
export type { ExpressMiddleware } from './express.js';
export type { FastifyPlugin } from './fastify.js';
export type { HonoContext, HonoMiddleware } from './hono.js';
export type { KoaMiddleware } from './koa.js';
export type { ClosingSocket, NodeRequest, NodeResponse } from './node-objects.js';
export {
  type OpenedBy,
  type RequestScopes,
  type RequestScopesOptions,
  requestScopes,
} from './request-scopes.js';
