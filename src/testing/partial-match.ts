/** What a test says of a payload: the parts that matter to it. */

/** Anything that decides itself, such as Jest's `expect.any(Date)`. */
export interface AsymmetricMatch {
  /** Whether the value is one that the test expects. */
  asymmetricMatch(value: unknown): boolean;
}

/** Some of the properties of a payload, each a value, a part of one, or something that decides itself. */
export type PartialMatch<T> = T extends object
  ? { readonly [K in keyof T]?: PartialMatch<T[K]> | AsymmetricMatch }
  : T;

/** What a payload has to be like: a part of it, or a function that says. */
export type PayloadMatch<T> = PartialMatch<T> | AsymmetricMatch | ((payload: T) => boolean);

/** Whether the payload is like that. */
export function matchesPayload(payload: unknown, wanted: unknown): boolean {
  if (typeof wanted === 'function') return wanted(payload) === true;
  return matches(payload, wanted);
}

/** A text of the value for messages. */
export function shownPayload(value: unknown): string {
  if (typeof value === 'function') return value.name === '' ? 'a function' : value.name;
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' ? JSON.stringify(value) : String(value);
  const { name } = value.constructor ?? {};
  const label = name === undefined || name === 'Object' || name === 'Array' ? '' : `${name} `;
  try {
    return `${label}${JSON.stringify(value)}`;
  } catch {
    return `${label}{…}`;
  }
}

function matches(value: unknown, wanted: unknown): boolean {
  if (Object.is(value, wanted)) return true;
  if (typeof wanted !== 'object' || wanted === null) return false;
  if (isAsymmetric(wanted)) return wanted.asymmetricMatch(value);
  if (typeof value !== 'object' || value === null) return false;
  if (wanted instanceof Date) return value instanceof Date && value.getTime() === wanted.getTime();
  // A list is compared as a whole: part of one is hardly ever what is meant.
  if (Array.isArray(wanted) && !(Array.isArray(value) && value.length === wanted.length))
    return false;
  return Object.entries(wanted).every(([key, part]) => matches(Reflect.get(value, key), part));
}

function isAsymmetric(wanted: object): wanted is AsymmetricMatch {
  return typeof (wanted as Partial<AsymmetricMatch>).asymmetricMatch === 'function';
}
