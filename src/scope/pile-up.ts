/** Finds classes whose handlers pile up in one scope: most often of a transient that is resolved again and again from a container that stays. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { type OptionCheck, whole } from '../../decorators/check-options.js';
import type { Handler } from '../dispatch/handler.js';
import { stackFrames } from './stack-frames.js';

/** How many handlers a class may have in one scope. */
export const PILE_UP_LIMIT: OptionCheck = /* @__PURE__ */ whole({ least: 1, unlimited: true });

const DEFAULT_LIMIT = 100;

/** A scope as its piles see it. */
interface PiledScope {
  readonly path: string;
  readonly instances: ReadonlyMap<object, readonly Handler[]>;
  piles: ScopePiles | undefined;
}

/** The handlers of one class in one scope. */
interface Pile {
  readonly handlerClass: object | undefined;
  /** As many as that at most: one that ends by itself is still counted. */
  handlers: number;
  /** More than that are reported. */
  limit: number;
}

/** The handlers of one scope by their class, counted once there are so many that one of the classes may have too many. */
export class ScopePiles {
  readonly #piles = new Map<object | undefined, Pile>();
  readonly #limit: number;
  /** The one that was asked for last: many of one class are often wired one after the other. */
  #last: Pile | undefined;

  constructor({ instances }: PiledScope, limit: number) {
    this.#limit = limit;
    for (const handlers of instances.values()) this.of(handlers).handlers += handlers.length;
  }

  /** The pile that the handlers are in. */
  of(handlers: readonly Handler[]): Pile {
    const handlerClass = handlers[0]?.plan.handlerClass;
    if (this.#last !== undefined && this.#last.handlerClass === handlerClass) return this.#last;
    let pile = this.#piles.get(handlerClass);
    if (pile === undefined) {
      pile = { handlerClass, handlers: 0, limit: this.#limit };
      this.#piles.set(handlerClass, pile);
    }
    this.#last = pile;
    return pile;
  }

  remove(handlers: readonly Handler[]): void {
    this.of(handlers).handlers -= handlers.length;
  }
}

/** The pile-ups of one application. One is reported when it goes beyond the limit, and then each time that it has doubled. */
export class PileUps {
  readonly #limit: number;
  readonly #report: (error: CarillonError) => void;
  /** Most handlers that an instance has had. */
  #widest = 1;

  constructor(report: (error: CarillonError) => void, limit = DEFAULT_LIMIT) {
    this.#report = report;
    this.#limit = limit;
  }

  /** The handlers of one more instance belong to the scope. */
  added(scope: PiledScope, handlers: readonly Handler[]): void {
    if (handlers.length > this.#widest) this.#widest = handlers.length;
    // In most scopes, no class can have so many.
    if (scope.instances.size * this.#widest <= this.#limit || handlers.length === 0) return;
    const pile = this.#pileOf(scope, handlers);
    if (pile.handlers > pile.limit) this.#check(scope, pile);
  }

  #pileOf(scope: PiledScope, handlers: readonly Handler[]): Pile {
    if (scope.piles === undefined) {
      scope.piles = new ScopePiles(scope, this.#limit);
      return scope.piles.of(handlers);
    }
    const pile = scope.piles.of(handlers);
    pile.handlers += handlers.length;
    return pile;
  }

  /** Counts those that are alive, which takes a look at all that the scope has. */
  #check(scope: PiledScope, pile: Pile): void {
    let instances = 0;
    let className = '';
    pile.handlers = 0;
    for (const handlers of scope.instances.values()) {
      if (handlers[0]?.plan.handlerClass !== pile.handlerClass) continue;
      const before = pile.handlers;
      for (const handler of handlers) if (handler.active) pile.handlers += 1;
      if (pile.handlers > before) instances += 1;
      className = handlers[0]?.plan.className ?? className;
    }
    // One instance with many handlers does not grow.
    if (pile.handlers <= pile.limit || instances === 1) return;
    while (pile.limit < pile.handlers) pile.limit *= 2;
    this.#report(pileUpError(scope.path, className, pile.handlers, instances));
  }
}

function pileUpError(
  path: string,
  className: string,
  handlers: number,
  instances: number,
): CarillonError {
  const cause = new Error(`The latest ${className} was built here.`);
  cause.stack = `${cause.name}: ${cause.message}\n${programStack()}`;
  return new CarillonError(
    'CAR3012',
    `${className} has ${handlers} live handlers of ${instances} instances in scope "${path}", and gets more: each hears until the scope ends. Resolve it from a scope of its own, by openScope(), or bind it as a singleton; if the number is intended, raise pileUpLimit. The cause shows who asked for the latest.`,
    { cause },
  );
}

/** Without what is installed, such as the container, unless all of it is. */
function programStack(): string {
  const frames = stackFrames();
  const own = frames.filter((frame) => !/[\\/]node_modules[\\/]/.test(frame));
  return (own.length === 0 ? frames : own).join('\n');
}
