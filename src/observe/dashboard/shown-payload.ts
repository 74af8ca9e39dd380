/** A payload as text for people, without what looks like a secret: nothing else of it leaves the process. */

/** Names of members whose values are never shown. */
const SECRET =
  /pass(word|phrase)?|secret|token|authori[sz]ation|cookie|api.?key|private.?key|credential|card.?number|cvc|iban|ssn/i;

const REDACTED = '[redacted]';
const LONGEST = 2000;
const DEEPEST = 6;
const MOST_MEMBERS = 50;

/** Takes a payload and gives what may be shown of it. */
export type Redact = (payload: unknown, event: string) => unknown;

/** JSON, shortened; never throws. */
export function shownPayload(payload: unknown, event: string, redact: Redact | undefined): string {
  try {
    const allowed = redact === undefined ? payload : redact(payload, event);
    const text = JSON.stringify(plain(allowed, 0)) ?? 'undefined';
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  } catch {
    return '[cannot be shown]';
  }
}

function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value === 'function') return '[function]';
  if (typeof value === 'string')
    return value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return `[${value.byteLength} bytes]`;
  if (depth === DEEPEST) return '[…]';
  if (value instanceof Map || value instanceof Set) return plain([...value], depth);
  if (Array.isArray(value)) {
    const shown = value.slice(0, MOST_MEMBERS).map((item) => plain(item, depth + 1));
    return value.length > MOST_MEMBERS
      ? [...shown, `… ${value.length - MOST_MEMBERS} more`]
      : shown;
  }
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MOST_MEMBERS)
      .map(([name, member]) => [name, SECRET.test(name) ? REDACTED : plain(member, depth + 1)]),
  );
}
