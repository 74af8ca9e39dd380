/** The dashboard behind servers of `fetch`: Hono, Bun, Deno. */
import { type DashboardRequest, type DashboardResponse, MOST_BYTES } from './exchange.js';

/** How many chunks may wait for a reader before it counts as behind. */
const MOST_CHUNKS = 4;

/** What `fetch` answers with, as the platform's types have it. */
export type PlatformResponse = typeof globalThis extends {
  Response: { prototype: infer Answered };
}
  ? Answered
  : object;

/** Answers a `Request` below a path. */
export function fetchHandler(
  answer: (request: DashboardRequest) => Promise<DashboardResponse>,
  path: string,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname, host, searchParams } = new URL(request.url);
    const gone = new AbortController();
    if (pathname !== path && !pathname.startsWith(`${path}/`))
      return new Response(null, { status: 404 });
    const { status, headers, body } = await answer({
      method: request.method,
      path: pathname.slice(path.length),
      query: searchParams,
      header: (name) => request.headers.get(name) ?? (name === 'host' ? host : undefined),
      body: () => textOf(request),
      onClose: (listener) => {
        for (const { signal } of [request, gone])
          if (signal.aborted) listener();
          else signal.addEventListener('abort', listener, { once: true });
      },
      raw: request,
    });
    if (status === 308)
      return new Response(null, {
        status,
        headers: { ...headers, location: `${path.split('/').at(-1)}/` },
      });
    if (typeof body === 'string')
      return new Response(status === 204 || request.method === 'HEAD' ? null : body, {
        status,
        headers,
      });
    return new Response(
      streamOf(body, () => gone.abort()),
      { status, headers },
    );
  };
}

function streamOf(
  body: Exclude<DashboardResponse['body'], string>,
  cancel: () => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let isOpen = true;
  return new ReadableStream(
    {
      start(controller) {
        body({
          write: (chunk) => controller.enqueue(encoder.encode(chunk)),
          end: () => {
            if (isOpen) controller.close();
          },
          isBehind: () => (controller.desiredSize ?? 0) <= 0,
        });
      },
      cancel() {
        isOpen = false;
        cancel();
      },
    },
    { highWaterMark: MOST_CHUNKS },
  );
}

async function textOf(request: Request): Promise<string> {
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > MOST_BYTES) throw new Error('The body is too long.');
  return new TextDecoder().decode(bytes);
}
