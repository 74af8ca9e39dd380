/** What is asked of a context while something is built, in that turn or later, is a part of that build. */
import type { ResolutionContext, ServiceIdentifier } from 'inversify';
import type { Build, Builds } from './builds.js';

/** Its methods may be taken from it and be called by themselves, as those of InversifyJS. */
export class BuildContext implements ResolutionContext {
  readonly #builds: Builds;
  readonly #isOver: () => boolean;

  constructor(
    /** The one of the container. */
    readonly base: ResolutionContext,
    readonly build: Build,
    builds: Builds,
    /** Whether whoever has the context asks for themselves: it may have been kept. */
    isOver = () => build.state !== 'open',
  ) {
    this.#builds = builds;
    this.#isOver = isOver;
  }

  get get(): ResolutionContext['get'] {
    return this.#method('get');
  }

  get getAll(): ResolutionContext['getAll'] {
    return this.#method('getAll');
  }

  get getAsync(): ResolutionContext['getAsync'] {
    return this.#method('getAsync');
  }

  get getAllAsync(): ResolutionContext['getAllAsync'] {
    return this.#method('getAllAsync');
  }

  get getActivations(): ResolutionContext['getActivations'] {
    const { base } = this;
    const ask: ResolutionContext['getActivations'] = (service) =>
      this.#builds.within(this.build, service, () => base.getActivations(service));
    return ask;
  }

  #method<Name extends keyof ResolutionContext>(name: Name): ResolutionContext[Name] {
    const { base } = this;
    const method = base[name] as (...args: unknown[]) => unknown;
    const ask = (service: ServiceIdentifier, ...options: unknown[]) =>
      this.#isOver()
        ? method.call(base, service, ...options)
        : this.#builds.within(this.build, service, () => method.call(base, service, ...options));
    return ask as ResolutionContext[Name];
  }
}

/** The container's own context. */
export function baseContext(context: ResolutionContext): ResolutionContext {
  return context instanceof BuildContext ? context.base : context;
}

const METHODS = ['get', 'getAll', 'getAsync', 'getAllAsync'] as const;

const followed = new WeakSet<object>();

/** Has what is asked of a container's context be a part of what is being built; doing so again changes nothing. */
export function followContext(
  context: ResolutionContext,
  builds: Builds,
  depth: () => number,
): void {
  if (followed.has(context)) return;
  followed.add(context);
  for (const name of METHODS) {
    const original = context[name] as (...args: unknown[]) => unknown;
    const ask = (...args: unknown[]) => {
      const build = builds.beginPart(depth());
      let result: unknown;
      try {
        result = original(...args);
      } catch (error) {
        builds.threw(build);
        throw error;
      }
      return builds.returned(build, result);
    };
    Object.assign(context, { [name]: ask });
  }
}
