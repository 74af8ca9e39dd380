/** What is wired while something is built: a build that fails leaves nothing wired. */
import type { ServiceIdentifier } from 'inversify';
import type { AdapterScope } from '../../application/adapter-view.js';
import { isThenable } from '../../events/is-thenable.js';
import { type BuildListener, isFilled, type Unbuilt } from './binding-cache.js';

/** An instance with handlers, as a build has wired it. */
export interface WiredInstance {
  readonly scope: AdapterScope;
  readonly instance: object;
  readonly service: ServiceIdentifier;
  /** Whether it is one for all that one resolution builds. */
  readonly isShared: boolean;
}

/** The same until it is known whether anything has got it. */
class Entry implements WiredInstance {
  readonly scope: AdapterScope;
  readonly instance: object;
  readonly service: ServiceIdentifier;
  readonly isShared: boolean;
  /** How many builds under way have it. */
  builds = 0;
  isKept = false;

  // Field by field: V8 takes far longer for a spread than for all the rest, and a request wires each of its instances.
  constructor({ scope, instance, service, isShared }: WiredInstance) {
    this.scope = scope;
    this.instance = instance;
    this.service = service;
    this.isShared = isShared;
  }
}

/** A resolution, or the building of one singleton within it. */
export class Build {
  state: 'open' | 'done' | 'failed' = 'open';
  /** Whether it is still in the turn in which it began. */
  isFirstTurn = true;
  entries: Set<Entry> | undefined;
  /** Of a resolution: the singletons that it has begun and that have not settled, the latest last. */
  pending: Build[] | undefined;
  /** Singletons that were begun while it waited, by a build that is not known. */
  unseen: Set<Unbuilt> | undefined;

  constructor(
    /** What was being built when it began. */
    public around: Build | undefined,
    /** How many emits were under way when it began. */
    readonly depth: number,
    /** `undefined` for a resolution. */
    public singleton: Unbuilt | undefined,
    /** What it is a part of: its instances are gone when that fails. */
    public whole: Build | undefined,
  ) {}

  /** Lets go of all that it holds: a context of it may be kept for long. */
  settle(state: 'done' | 'failed'): void {
    this.state = state;
    this.entries = undefined;
    this.around = undefined;
    this.singleton = undefined;
    this.whole = undefined;
    this.unseen = undefined;
  }

  /** Whether what it would wire now belongs to nobody. */
  get hasFailed(): boolean {
    return this.state === 'failed';
  }
}

/**
 * The builds of one application. In its first turn a build stands on a stack of those that have begun; a singleton that was built is taken off with
 * the next look at it. What is wired later comes with the build that it was asked for.
 */
export class Builds implements BuildListener {
  /** The innermost build whose first turn this is. */
  #current: Build | undefined;
  /** The outermost of them, a resolution. */
  #outermost: Build | undefined;
  /** The depth of a resolution that is the outermost one and that nothing has asked for yet; -1 for none. Most are over before. */
  #unaskedDepth = NONE_UNASKED;
  readonly #entries = new WeakMap<object, Entry>();
  /** The builds whose promises have not settled. One that never does must not be held by them. */
  readonly #waiting = new WaitingBuilds();
  readonly #promised = new WeakMap<Promise<unknown>, Build>();

  /** The program asks a container. `undefined` for an outermost resolution, which is made when it is asked for. */
  begin(depth: number): Build | undefined {
    if (this.#current === undefined && this.#unaskedDepth === NONE_UNASKED) {
      this.#unaskedDepth = depth;
      return undefined;
    }
    return this.#push(new Build(this.#innermostNow(), depth, undefined, undefined));
  }

  /** What builds something asks its context: that is a part of it, unless a handler asks that was called meanwhile. */
  beginPart(depth: number): Build {
    const current = this.innermost();
    const whole = current?.depth === depth ? current : undefined;
    return this.#push(new Build(current, depth, undefined, whole));
  }

  /** A singleton's building begins. */
  began(singleton: Unbuilt): void {
    const current = this.innermost();
    if (current === undefined) {
      for (const build of this.#waiting.all()) {
        build.unseen ??= new Set();
        build.unseen.add(singleton);
      }
      return;
    }
    for (let build = current; build.singleton !== undefined; build = build.around as Build)
      if (build.singleton === singleton) return;
    this.#push(new Build(current, current.depth, singleton, undefined));
  }

  /** What wires an instance now, if that is known. */
  innermost(): Build | undefined {
    for (
      let build = this.#innermostNow();
      build !== undefined && isOver(build);
      build = this.#current
    )
      this.#pop(build);
    return this.#current;
  }

  /** The build that wires an instance after its first turn, where there is no doubt. */
  onlyWaiting(): Build | undefined {
    const [only, other] = this.#waiting.size <= FEW ? this.#waiting.all() : [];
    return other === undefined ? only : undefined;
  }

  /** The resolution whose first turn this is. */
  resolution(): Build | undefined {
    const current = this.innermost();
    return current && resolutionOf(current);
  }

  /** Calls the action as a part of a resolution, also after its first turn, where it asks for the service. */
  within<T>(build: Build, service: ServiceIdentifier, action: () => T): T {
    if (build.isFirstTurn) return action();
    const before = this.#innermostNow();
    this.#current = latest(build, service);
    try {
      return action();
    } finally {
      this.#current = before;
    }
  }

  /** An instance was wired. */
  wired(build: Build | undefined, instance: WiredInstance): void {
    if (build?.state !== 'open') return;
    const entry = new Entry(instance);
    this.#entries.set(entry.instance, entry);
    take(build, entry);
    if (!entry.isShared) return;
    const resolution = resolutionOf(build);
    for (const other of [resolution, ...(resolution.pending ?? [])])
      if (other !== build && other.singleton?.mayHold(entry.service) !== false) take(other, entry);
  }

  /** The build has got an instance that was wired before, maybe by one that fails yet. */
  shared(build: Build | undefined, instance: object): void {
    const entry = build?.state === 'open' ? this.#entries.get(instance) : undefined;
    if (entry !== undefined) take(build as Build, entry);
  }

  /** The resolution has returned; what this returns takes the place of its result. */
  returned<T>(begun: Build | undefined, result: T): T {
    if (begun === undefined && !(result instanceof Promise) && this.#wasUnasked()) return result;
    const build = this.#leave(begun);
    if (!(result instanceof Promise)) {
      this.#succeeded(build);
      return result;
    }
    this.#waiting.add(build);
    const promise = result.then(
      (value) => {
        this.#waiting.delete(build);
        this.#succeeded(build);
        return value;
      },
      (error: unknown) => {
        this.#waiting.delete(build);
        this.#failed(build);
        throw error;
      },
    );
    this.#promised.set(promise, build);
    return promise as T;
  }

  /** What gave the promise has failed in its first turn, before the promise is rejected. */
  rejects(promise: Promise<unknown>): void {
    const build = this.#promised.get(promise);
    if (build !== undefined) this.#failed(build);
  }

  /** The resolution has thrown. */
  threw(begun: Build | undefined): void {
    if (begun === undefined && this.#wasUnasked()) return;
    this.#failed(this.#leave(begun));
  }

  /** Whether the outermost resolution has ended without having been asked for. */
  #wasUnasked(): boolean {
    const isUnasked = this.#unaskedDepth !== NONE_UNASKED;
    this.#unaskedDepth = NONE_UNASKED;
    return isUnasked;
  }

  /** Makes the outermost resolution, if nothing has asked for it before. */
  #innermostNow(): Build | undefined {
    if (this.#unaskedDepth === NONE_UNASKED) return this.#current;
    const depth = this.#unaskedDepth;
    this.#unaskedDepth = NONE_UNASKED;
    this.#outermost = this.#push(new Build(undefined, depth, undefined, undefined));
    return this.#outermost;
  }

  #push(build: Build): Build {
    this.#current = build;
    return build;
  }

  /** Takes the build, or else the outermost one, and all that were begun in it off the stack. */
  #leave(begun: Build | undefined): Build {
    this.#innermostNow();
    const build = begun ?? (this.#outermost as Build);
    if (begun === undefined) this.#outermost = undefined;
    for (let inner = this.#current; inner !== undefined && inner !== build; inner = this.#current)
      this.#pop(inner);
    this.#current = build.around;
    build.isFirstTurn = false;
    return build;
  }

  #pop(build: Build): void {
    const { around, singleton } = build;
    this.#current = around;
    build.isFirstTurn = false;
    const cache = singleton?.binding.cache;
    if (singleton === undefined || !isFilled(cache)) {
      // What a singleton has wired that was not built has the fate of whoever asked.
      give(build, around as Build);
      return;
    }
    // It may have got what others had got before.
    for (let other = around; other !== undefined; other = other.singleton && other.around)
      for (const entry of other.entries ?? [])
        if (entry.isShared && singleton.mayHold(entry.service)) take(build, entry);
    if (isThenable(cache?.value)) this.#follow(build, singleton, cache.value);
    else this.#succeeded(build);
  }

  /** The singleton goes on, whatever becomes of the resolution that has begun it. */
  #follow(build: Build, { binding }: Unbuilt, value: PromiseLike<unknown>): void {
    const resolution = resolutionOf(build);
    resolution.pending ??= [];
    resolution.pending.push(build);
    this.#waiting.add(build);
    const ended = (end: () => void) => {
      resolution.pending = resolution.pending?.filter((other) => other !== build);
      this.#waiting.delete(build);
      end();
    };
    value.then(
      // It may have been impossible to wire.
      () => ended(() => (isFilled(binding.cache) ? this.#succeeded(build) : this.#failed(build))),
      () => ended(() => this.#failed(build)),
    );
  }

  #succeeded(build: Build): void {
    const { whole } = build;
    if (whole?.hasFailed) {
      this.#failed(build);
      return;
    }
    if (whole?.state === 'open') {
      give(build, whole);
      return;
    }
    for (const entry of build.entries ?? []) {
      entry.isKept = true;
      this.#entries.delete(entry.instance);
    }
    build.settle('done');
  }

  #failed(build: Build): void {
    const gone = new Map<AdapterScope, object[]>();
    for (const entry of build.entries ?? []) {
      entry.builds -= 1;
      if (entry.isKept || entry.builds > 0 || mayBeHeld(build, entry)) continue;
      this.#entries.delete(entry.instance);
      const { scope, instance } = entry;
      const instances = gone.get(scope);
      if (instances === undefined) gone.set(scope, [instance]);
      else instances.push(instance);
    }
    build.settle('failed');
    for (const [scope, instances] of gone) scope.disown(...instances);
  }
}

const NONE_UNASKED = -1;

/** Of so many that wait it is looked how many are left. */
const FEW = 8;

/** Builds that wait, as long as their promises are held. */
class WaitingBuilds {
  readonly #refs = new Set<WeakRef<Build>>();
  readonly #refOf = new WeakMap<Build, WeakRef<Build>>();
  /** When there are more of them, those that are gone are looked for. */
  #limit = 64;

  /** Those that are gone may count. */
  get size(): number {
    return this.#refs.size;
  }

  add(build: Build): void {
    const ref = new WeakRef(build);
    this.#refs.add(ref);
    this.#refOf.set(build, ref);
    if (this.#refs.size > this.#limit) this.#limit = Math.max(64, 2 * this.all().length);
  }

  delete(build: Build): void {
    const ref = this.#refOf.get(build);
    if (ref !== undefined) this.#refs.delete(ref);
  }

  all(): readonly Build[] {
    const builds: Build[] = [];
    for (const ref of this.#refs) {
      const build = ref.deref();
      if (build === undefined) this.#refs.delete(ref);
      else builds.push(build);
    }
    return builds;
  }
}

/** Whether a singleton that was built meanwhile, for whomever, may have it. */
function mayBeHeld({ unseen }: Build, { service }: Entry): boolean {
  for (const singleton of unseen ?? [])
    if (isFilled(singleton.binding.cache) && singleton.mayHold(service)) return true;
  return false;
}

function resolutionOf(build: Build): Build {
  let resolution = build;
  while (resolution.singleton !== undefined) resolution = resolution.around as Build;
  return resolution;
}

/** Whether it is a singleton whose first turn is over: its cache has been replaced. */
function isOver({ isFirstTurn, singleton }: Build): boolean {
  return isFirstTurn && singleton !== undefined && singleton.binding.cache !== singleton;
}

/** The singleton that the resolution has begun last and that the service may be for, or else the resolution. */
function latest(build: Build, service: ServiceIdentifier): Build {
  const { pending = [] } = build;
  for (let at = pending.length - 1; at >= 0; at -= 1)
    if (pending[at]?.singleton?.mayHold(service)) return pending[at] as Build;
  return build;
}

function take(build: Build, entry: Entry): void {
  if (build.state !== 'open' || build.entries?.has(entry)) return;
  build.entries ??= new Set();
  build.entries.add(entry);
  entry.builds += 1;
}

/** What the build has wired is the other one's from now on. */
function give(build: Build, other: Build): void {
  for (const entry of build.entries ?? []) {
    entry.builds -= 1;
    take(other, entry);
  }
  build.settle('done');
}
