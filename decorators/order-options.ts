/** Where a handler stands among the others of its event. */
import { kind } from './check-options.js';
import type { OptionSubject } from './option-subject.js';

/** Any class that may have handlers. */
export type HandlerClass = abstract new (...args: never[]) => object;

/** A class all of whose handlers are meant, or one method of it. */
export type HandlerRef = HandlerClass | readonly [HandlerClass, string | symbol];

/** Where a handler stands among the others of the same event. */
export interface OrderOptions {
  /** Higher runs earlier. Default 0. */
  readonly priority?: number;
  /** This handler runs before those, whatever the priorities: a class, or one method of it as `[Class, 'method']`. Default none. */
  readonly before?: HandlerRef | readonly HandlerRef[];
  /** This handler runs after those, whatever the priorities: a class, or one method of it as `[Class, 'method']`. Default none. */
  readonly after?: HandlerRef | readonly HandlerRef[];
}

/** Checks and compares {@link OrderOptions}. */
export const orderSubject: OptionSubject<OrderOptions> = {
  shape: /* @__PURE__ */ (() => {
    const refs = kind(
      (value) => handlerRefs(value as HandlerRef).every(namesClass),
      "a class, [Class, 'method'], or a list of them",
    );
    return { priority: kind(Number.isFinite, 'a finite number'), before: refs, after: refs };
  })(),
  parts: ({ priority = 0, before, after }) => [
    priority,
    ...handlerRefs(before).flat(),
    undefined,
    ...handlerRefs(after).flat(),
  ],
};

const NO_REFS: readonly HandlerRef[] = [];

/** One reference or many as a list; a `[Class, 'method']` pair is one reference. */
export function handlerRefs(
  refs: HandlerRef | readonly HandlerRef[] | undefined,
): readonly HandlerRef[] {
  if (refs === undefined) return NO_REFS;
  if (!Array.isArray(refs)) return [refs as HandlerRef];
  const isPair = refs.length === 2 && (typeof refs[1] === 'string' || typeof refs[1] === 'symbol');
  return isPair ? [refs as unknown as HandlerRef] : (refs as readonly HandlerRef[]);
}

function namesClass(ref: HandlerRef): boolean {
  return typeof (Array.isArray(ref) ? ref[0] : ref) === 'function';
}
