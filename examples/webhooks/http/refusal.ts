/** Every way in which the backend says no, with the status and the reasons that the sender is told. */

/** Why deliveries are refused; the report counts by it. */
export type RefusalKind = 'bad signature' | 'cut short' | 'not JSON' | 'invalid payload' | 'other';

/** Thrown by whatever looks at a request; the server's error handler answers with it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly kind: RefusalKind,
    readonly statusCode: number,
    readonly reasons: readonly string[],
  ) {
    super(`${kind}: ${reasons.join('; ')}`);
  }
}

export function badSignature(reason: string): Refusal {
  return new Refusal('bad signature', 401, [reason]);
}

export function notJson(reason: string): Refusal {
  return new Refusal('not JSON', 400, [reason]);
}

export function invalidPayload(reasons: readonly string[]): Refusal {
  return new Refusal('invalid payload', 422, reasons);
}

/** What Fastify and Node throw, in our words: a body that ended before its time, or something else. */
export function asRefusal(error: Error & { code?: string; statusCode?: number }): Refusal {
  if (error instanceof Refusal) return error;
  if (error.code === 'ECONNRESET')
    return new Refusal('cut short', 400, ['the connection ended in the middle of the body']);
  return new Refusal('other', error.statusCode ?? 500, [error.message]);
}
