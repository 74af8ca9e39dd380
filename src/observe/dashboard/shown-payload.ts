/** A payload as text for people, without what looks like a secret: nothing else of it leaves the process. */

/** Names of members whose values are never shown. */
const SECRET =
  /pass(word|phrase)?|secret|token|authori[sz]ation|cookie|api.?key|private.?key|credential|card.?number|cvc|iban|ssn/i;

const REDACTED = '[redacted]';
const LONGEST = 2000;
const DEEPEST = 6;
const MOST_MEMBERS = 50;
/** Of the whole payload: the text has no room for more. */
const MOST_VALUES = 1000;

/** Takes a payload and gives what may be shown of it. */
export type Redact = (payload: unknown, event: string) => unknown;

/** JSON, shortened; never throws. */
export function shownPayload(payload: unknown, event: string, redact: Redact | undefined): string {
  try {
    const allowed = redact === undefined ? payload : redact(payload, event);
    const text = JSON.stringify(plain(allowed, 0, { left: MOST_VALUES })) ?? 'undefined';
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  } catch {
    return '[cannot be shown]';
  }
}

/** How many more values are looked at. */
interface Budget {
  left: number;
}

function plain(value: unknown, depth: number, budget: Budget): unknown {
  budget.left -= 1;
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value === 'function') return '[function]';
  if (typeof value === 'string')
    return value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return `[${value.byteLength} bytes]`;
  if (depth === DEEPEST || budget.left < 0) return '[…]';
  if (value instanceof Map) return plain([...value].map(withoutSecret), depth, budget);
  if (value instanceof Set) return plain([...value], depth, budget);
  if (Array.isArray(value)) {
    const shown = value.slice(0, MOST_MEMBERS).map((item) => plain(item, depth + 1, budget));
    return value.length > MOST_MEMBERS
      ? [...shown, `… ${value.length - MOST_MEMBERS} more`]
      : shown;
  }
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MOST_MEMBERS)
      .map(([name, member]) => [
        name,
        SECRET.test(name) ? REDACTED : plain(member, depth + 1, budget),
      ]),
  );
}

/** An entry of a map is a member, too. */
function withoutSecret([name, member]: [unknown, unknown]): [unknown, unknown] {
  return [name, typeof name === 'string' && SECRET.test(name) ? REDACTED : member];
}
