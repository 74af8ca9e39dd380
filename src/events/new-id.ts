/** Ids of messages. */

interface Platform {
  readonly crypto: { randomUUID(): string };
}

let stamped = Number.NaN;
let stamp = '';

/**
 * A new UUID that begins with the time (RFC 9562, version 7): messages of one time lie together in the index of a database, where
 * random ids would touch a page each.
 */
export function newId(): string {
  // All but the time and the version are random in version 4 as well.
  return stampOf(Date.now()) + (globalThis as unknown as Platform).crypto.randomUUID().slice(15);
}

function stampOf(time: number): string {
  if (time !== stamped) {
    const digits = time.toString(16).padStart(12, '0');
    stamped = time;
    stamp = `${digits.slice(0, 8)}-${digits.slice(8)}-7`;
  }
  return stamp;
}
