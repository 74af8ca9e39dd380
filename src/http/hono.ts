/** Request scopes as a middleware of Hono, on Node.js and where there are only `Request` and `Response`. */
import { type FetchResponse, isFetchResponse, tellingBodyEnd } from './body-end.js';
import type { NodeRequest, NodeResponse } from './node-objects.js';
import type { RequestOpener } from './request-opener.js';

/** A context of Hono. */
export interface HonoContext {
  readonly env: unknown;
  readonly req: { readonly raw: object };
  res: unknown;
}

/** A middleware of Hono. */
export type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<void>;

/** What comes after it has the scope until it has settled, and the body of the response until it was read. */
export function honoMiddleware(requests: RequestOpener): HonoMiddleware {
  return async (context, next) => {
    const node = nodeObjectsOf(context.env);
    if (node !== undefined) {
      const live = requests.begin(node.incoming, node.outgoing);
      requests.remember(context.req.raw, live);
      await live.run('middleware', next);
      return;
    }
    const live = requests.of(context.req.raw) ?? requests.open(context.req.raw);
    try {
      await live.run('middleware', next);
    } catch (error) {
      live.close();
      throw error;
    }
    const ended = () => live.close();
    if (isFetchResponse(context.res))
      context.res = tellingBodyEnd<FetchResponse>(context.res, ended);
    else ended();
  };
}

interface NodeObjects {
  readonly incoming: NodeRequest;
  readonly outgoing: NodeResponse;
}

/** What @hono/node-server gives. */
function nodeObjectsOf(env: unknown): NodeObjects | undefined {
  const { incoming, outgoing } = (env ?? {}) as Partial<NodeObjects>;
  return incoming === undefined || outgoing === undefined ? undefined : { incoming, outgoing };
}
