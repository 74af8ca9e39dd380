/** Request scopes as a middleware of Koa. */
import type { NodeRequest, NodeResponse } from './node-objects.js';
import type { RequestOpener } from './request-opener.js';

/** A middleware of Koa. */
export type KoaMiddleware = (
  context: { readonly req: NodeRequest; readonly res: NodeResponse },
  next: () => Promise<unknown>,
) => Promise<void>;

/** What comes after it has the scope until it has settled. */
export function koaMiddleware(requests: RequestOpener): KoaMiddleware {
  return async ({ req, res }, next) => {
    await requests.begin(req, res).run('middleware', next);
  };
}
