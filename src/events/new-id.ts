/** Ids of messages. */

interface Platform {
  readonly crypto: { randomUUID(): string };
}

/** The numbers of one byte, as a UUID writes them. */
const BYTES = /* @__PURE__ */ Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
);

let stamped = Number.NaN;
/** What stands before the counter, and behind it. */
let [before, behind] = ['', ''];
let count = 0;

/**
 * A new UUID that begins with the time (RFC 9562, version 7): messages of one time lie together in the index of a database, where
 * random ids would touch a page each. Those of one millisecond have their random bits in common, and are told apart by a counter (6.2, method 1).
 */
export function newId(): string {
  const now = Date.now();
  if (now !== stamped || count === BYTES.length) begin(now);
  const id = before + BYTES[count] + behind;
  count += 1;
  return id;
}

/** New random bits, for as many ids as there are numbers of the counter. */
function begin(time: number): void {
  const digits = time.toString(16).padStart(12, '0');
  const random = (globalThis as unknown as Platform).crypto.randomUUID();
  stamped = time;
  before = `${digits.slice(0, 8)}-${digits.slice(8)}-7${random[15]}`;
  behind = random.slice(18);
  count = 0;
}

/** When an id that {@link newId} made was made: milliseconds since 1970; `undefined` for an id of another kind. */
export function timeOfId(id: string): number | undefined {
  if (id[14] !== '7' || id.length !== 36) return undefined;
  const time = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  return Number.isNaN(time) ? undefined : time;
}
