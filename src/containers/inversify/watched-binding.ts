/** A singleton's binding notifies its container of what was built. It gets its instance as the last step, whichever container was asked. */
import { isThenable } from '../../events/is-thenable.js';
import { type Cache, EMPTY, isFilled } from './binding-cache.js';
import type { Binding } from './inversify-internals.js';

/** Notified of each instance that one of its bindings gets. */
export interface BindingHolder {
  /** What it throws reaches the caller that asked for the instance, and leaves the binding empty. */
  built(binding: Binding, value: unknown): void;
}

interface Watched extends Binding {
  [WATCH]: Watch;
}

const WATCH = Symbol('carillon.inversify.watch');

class Watch {
  constructor(
    readonly holder: BindingHolder,
    public cache: Cache | undefined,
  ) {}
}

/** Shared by all bindings, which so keep one shape. */
const CACHE: PropertyDescriptor = {
  configurable: true,
  enumerable: true,
  get(this: Watched) {
    return this[WATCH].cache;
  },
  set(this: Watched, cache: Cache) {
    const watch = this[WATCH];
    const before = watch.cache;
    watch.cache = cache;
    if (!isFilled(cache) || isThenable(cache.value)) return;
    try {
      watch.holder.built(this, cache.value);
    } catch (error) {
      watch.cache = isFilled(before) ? EMPTY : before;
      throw error;
    }
  },
};

/** A binding of the same kind that holds nothing yet, is not watched, and satisfies every injection of its service. */
export function copyBinding(binding: Binding): Binding {
  const { [WATCH]: _, ...copy } = binding as Watched;
  const isConstant = binding.type === 'ConstantValue';
  return {
    ...copy,
    cache: isConstant ? binding.cache : EMPTY,
    scope: 'Singleton',
    isSatisfiedBy: () => true,
  } as Binding;
}

/** Whether the binding notifies its holder. */
export function isWatched(binding: Binding): boolean {
  return WATCH in binding;
}

/**
 * Gives a binding that is not watched its instance, which InversifyJS is about to do, and notifies the holder. To watch the binding would cost
 * more: V8 turns an object into a dictionary when one of its properties becomes an accessor.
 */
export function holdFirst(binding: Binding, holder: BindingHolder, value: unknown): unknown {
  const before = binding.cache;
  binding.cache = { isRight: true, value };
  try {
    holder.built(binding, value);
  } catch (error) {
    binding.cache = before === undefined || isFilled(before) ? EMPTY : before;
    throw error;
  }
  return value;
}

/** Watches a binding; doing so again changes nothing. */
export function watchBinding(binding: Binding, holder: BindingHolder): void {
  if (WATCH in binding) return;
  (binding as Watched)[WATCH] = new Watch(holder, binding.cache);
  Object.defineProperty(binding, 'cache', CACHE);
}
