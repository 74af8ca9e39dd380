/** A `Response` of the Fetch standard is over when its body has been read or cancelled. */

interface BodyReader {
  read(): Promise<{ readonly done: boolean; readonly value?: unknown }>;
  cancel(reason: unknown): Promise<void>;
}

interface BodyController {
  enqueue(chunk: unknown): void;
  close(): void;
}

/** What such a `Response` has, on every platform. */
export interface FetchResponse {
  readonly body: { getReader(): BodyReader } | null;
  readonly status: number;
  readonly headers: object;
}

interface FetchPlatform {
  readonly Response: new (body: unknown, init: object) => FetchResponse;
  readonly ReadableStream: new (source: {
    pull(controller: BodyController): Promise<void>;
    cancel(reason: unknown): Promise<void>;
  }) => unknown;
}

/** Whether it is a `Response`, also one of another realm. */
export function isFetchResponse(value: unknown): value is FetchResponse {
  return Object.prototype.toString.call(value) === '[object Response]';
}

/** The same response, whose body tells once it has been read, cancelled or has failed; at once where it has none. */
export function tellingBodyEnd<R extends FetchResponse>(response: R, ended: () => void): R {
  const { body } = response;
  if (body === null) {
    ended();
    return response;
  }
  const { ReadableStream, Response } = globalThis as unknown as FetchPlatform;
  const reader = body.getReader();
  const telling = new ReadableStream({
    pull: async (controller) => {
      try {
        const { done, value } = await reader.read();
        if (!done) {
          controller.enqueue(value);
          return;
        }
        controller.close();
        ended();
      } catch (error) {
        ended();
        throw error;
      }
    },
    cancel: async (reason) => {
      ended();
      await reader.cancel(reason);
    },
  });
  return new Response(telling, response) as R;
}
