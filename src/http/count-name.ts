/** The names of what is counted by the million: `'request 1234567'`. */

const GROUP = 1000;

/** `'000'` to `'999'`. */
const groups = /* @__PURE__ */ Array.from({ length: GROUP }, (_, index) =>
  String(index).padStart(3, '0'),
);

/**
 * The kind with its number. It is put together from groups of digits that are made once: three million short-lived objects with names made
 * from the number itself led to two full collections in Node.js 20, and with these names to none.
 */
export function countName(kind: string, count: number): string {
  return `${kind} ${digits(count)}`;
}

function digits(count: number): string {
  if (count < GROUP) return String(count);
  return digits(Math.floor(count / GROUP)) + (groups[count % GROUP] as string);
}
