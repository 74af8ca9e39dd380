/** Whether a payload arrives with what it was sent with: class-transformer rebuilds only what decorators name, and says nothing of the rest. */
import { isOpen } from './held-values.js';

/**
 * What would arrive as something else, with its path; `undefined` where nothing does. What the class leaves out or converts by its
 * decorators is its affair, as is a plain object that it makes an instance of.
 *
 * @param sent the payload, or a part of it
 * @param arrived what a reader makes of it
 */
export function arrivalFault(sent: unknown, arrived: unknown, path = ''): string | undefined {
  if (typeof sent !== 'object' || sent === null || arrived === undefined) return undefined;
  const prototype = Object.getPrototypeOf(sent);
  const isPlain = prototype === Object.prototype || prototype === null;
  const isKept =
    typeof arrived === 'object' &&
    arrived !== null &&
    (isPlain ? isOpen(arrived) : Object.getPrototypeOf(arrived) === prototype);
  if (!isKept)
    return `${path} is ${kindOf(sent)} and would arrive as ${kindOf(arrived)}. Say how it is rebuilt, with @Type() or @Transform()`;
  if (sizeOf(sent) > 0 && sizeOf(arrived) === 0) return `${path} would arrive empty`;
  if (!isOpen(sent)) return entriesFault(sent, arrived, path);
  for (const key of Object.keys(sent)) {
    const fault = arrivalFault(
      Reflect.get(sent, key),
      Object.hasOwn(arrived, key) ? Reflect.get(arrived, key) : undefined,
      path === '' ? key : `${path}.${key}`,
    );
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Those of a map or a set, which keep their order. */
function entriesFault(sent: object, arrived: object, path: string): string | undefined {
  const isEntered = sent instanceof Map || sent instanceof Set;
  return isEntered
    ? arrivalFault([...sent.values()], [...(arrived as typeof sent).values()], path)
    : undefined;
}

/** How much it has, where that can be told. */
function sizeOf(value: object): number {
  if (value instanceof Map || value instanceof Set) return value.size;
  if (Array.isArray(value)) return value.length;
  return value instanceof Uint8Array || value instanceof ArrayBuffer
    ? value.byteLength
    : Number.NaN;
}

function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null)
    return value === null ? 'null' : `a ${typeof value}`;
  const type: unknown = Reflect.get(value, 'constructor');
  if (type === Object || type === undefined) return 'a plain object';
  return typeof type === 'function' && type.name !== ''
    ? `an instance of ${type.name}`
    : 'an instance';
}
