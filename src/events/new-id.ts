/** Ids of messages. */

interface Platform {
  readonly crypto: { randomUUID(): string };
}

/** A new UUID (RFC 9562, version 4). */
export function newId(): string {
  return (globalThis as unknown as Platform).crypto.randomUUID();
}
