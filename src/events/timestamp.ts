/** When a message is written. */

let written = Number.NaN;
let text = '';

/** Now, as RFC 3339 has it. Many messages are written in one millisecond. */
export function timestamp(): string {
  const now = Date.now();
  if (now !== written) {
    written = now;
    text = new Date(now).toISOString();
  }
  return text;
}
