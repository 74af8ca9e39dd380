/** The decorators as a JavaScript program calls them: no compiler stands before the checks. */
import { CarillonError, Deferred, On, Once, Subscribe } from 'carillon';

export type UntypedDecorator = (event: unknown, options?: unknown) => (...args: unknown[]) => void;

export const verbs = { On, Once, Subscribe, Deferred } as unknown as Readonly<
  Record<string, UntypedDecorator>
>;

/** Name and decorator, for `it.each`. */
export const decorators = Object.entries(verbs);

/** Decorates a method of the class, as the compiler's own code would. */
export function decorate(
  decorator: (...args: unknown[]) => void,
  owner: object,
  key: string | symbol,
): void {
  decorator(owner, key, Object.getOwnPropertyDescriptor(owner, key));
}

/** The error that an action throws. */
export function errorOf(action: () => unknown): CarillonError {
  try {
    action();
  } catch (error) {
    if (error instanceof CarillonError) return error;
    throw error;
  }
  throw new Error('Nothing was thrown.');
}
