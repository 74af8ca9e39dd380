/** Arrays as PostgreSQL writes them (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO). */

/** Columns of many rows in one parameter each: sooner made and sooner read than rows of JSON. */
export function arrayLiteral(values: readonly (string | number | undefined)[]): string {
  return `{${values.map(elementOf).join(',')}}`;
}

function elementOf(value: string | number | undefined): string {
  if (value === undefined) return 'NULL';
  if (typeof value === 'number') return String(value);
  return `"${/["\\]/.test(value) ? value.replace(/["\\]/g, '\\$&') : value}"`;
}
