/** Request scopes as a middleware of Express, Connect and everything else that takes `(request, response, next)`. */
import type { NodeRequest, NodeResponse } from './node-objects.js';
import type { RequestOpener } from './request-opener.js';

/** A middleware of Express. */
export type ExpressMiddleware = (
  request: NodeRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void;

export function expressMiddleware(requests: RequestOpener): ExpressMiddleware {
  return (request, response, next) => {
    let live: ReturnType<RequestOpener['begin']>;
    try {
      live = requests.begin(request, response);
    } catch (error) {
      next(error);
      return;
    }
    live.enter(next);
  };
}
