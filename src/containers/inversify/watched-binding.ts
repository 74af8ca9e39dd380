/** A singleton's binding tells its container what was built: it is given its instance last of all, whoever asked for it. */
import { isThenable } from '../../events/is-thenable.js';
import { type Binding, type Cache, EMPTY } from './inversify-internals.js';

/** Told of each instance that one of its bindings has got. */
export interface BindingHolder {
  /** What it throws reaches whoever asked for the instance, and leaves the binding empty. */
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

/** One for all bindings: they keep one shape. */
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
    if (!cache.isRight || isThenable(cache.value)) return;
    try {
      watch.holder.built(this, cache.value);
    } catch (error) {
      watch.cache = before?.isRight === true ? { isRight: false } : before;
      throw error;
    }
  },
};

/** A binding of the same kind that holds nothing yet, is watched by nobody and satisfies every injection of its service. */
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

/** Whether the binding tells by itself. */
export function isWatched(binding: Binding): boolean {
  return WATCH in binding;
}

/**
 * Gives a binding that is not watched its instance, which InversifyJS is about to do, and tells. To watch it would cost more: V8 makes a
 * dictionary of an object whose property becomes an accessor.
 */
export function holdFirst(binding: Binding, holder: BindingHolder, value: unknown): unknown {
  const before = binding.cache;
  binding.cache = { isRight: true, value };
  try {
    holder.built(binding, value);
  } catch (error) {
    binding.cache = before === undefined || before.isRight ? EMPTY : before;
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
