/** Measures handlers from outside the library: a decorator that tells a channel how long each call took. */
import { channel } from 'node:diagnostics_channel';

/** One call of a measured method, told when it has settled. */
export interface MeasuredCall {
  /** `Class.method`. */
  readonly name: string;
  readonly milliseconds: number;
  readonly failed: boolean;
}

/** Whoever wants to know subscribes here; with no subscriber a call costs one comparison. */
export const measuredCalls = channel('webhooks.measured-call');

type Method = (this: object, ...args: never[]) => unknown;

/** Put it below the decorator that makes the method a handler. */
export function measured<M extends Method>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
): void {
  const method = descriptor.value as M;
  const name = `${target.constructor.name}.${String(key)}`;

  descriptor.value = function (this: object, ...args: Parameters<M>): unknown {
    if (!measuredCalls.hasSubscribers) return method.apply(this, args);
    const tell = stopwatch(name);
    try {
      const result = method.apply(this, args);
      if (!(result instanceof Promise)) {
        tell(false);
        return result;
      }
      return result.then(
        (value) => {
          tell(false);
          return value;
        },
        (error) => {
          tell(true);
          throw error;
        },
      );
    } catch (error) {
      tell(true);
      throw error;
    }
  } as M;
}

function stopwatch(name: string): (failed: boolean) => void {
  const begin = performance.now();
  return (failed) => {
    const call: MeasuredCall = { name, milliseconds: performance.now() - begin, failed };
    measuredCalls.publish(call);
  };
}
