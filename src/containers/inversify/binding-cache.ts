/** What the binding of a singleton holds, and how its container learns that it is going to be built. */
import type { ServiceIdentifier } from 'inversify';

/** `isRight` once it has been built, or its building has begun and is asynchronous. */
export interface Cache {
  readonly isRight: boolean;
  readonly value?: unknown;
}

/** What it holds before. */
export const EMPTY: Cache = { isRight: false };

/** Told when the building of a singleton begins. */
export interface BuildListener {
  began(singleton: Unbuilt): void;
}

/**
 * In the place of an empty cache. InversifyJS asks it before it builds the singleton, and then puts a cache like any other in its place.
 */
export class Unbuilt implements Cache {
  declare readonly value: undefined;
  readonly #listener: BuildListener;
  #services: ReadonlySet<ServiceIdentifier> | undefined;

  constructor(
    readonly binding: { readonly cache?: Cache },
    listener: BuildListener,
    services: ReadonlySet<ServiceIdentifier> | undefined,
  ) {
    this.#listener = listener;
    this.#services = services;
  }

  get isRight(): boolean {
    this.#listener.began(this);
    return false;
  }

  /** Another plan has found further services below it. */
  mayAlsoHold(services: ReadonlySet<ServiceIdentifier> | undefined): void {
    this.#services =
      services === undefined || this.#services === undefined
        ? undefined
        : new Set([...this.#services, ...services]);
  }

  /** Whether an instance of the service may be injected into it, or into what it needs. */
  mayHold(service: ServiceIdentifier): boolean {
    return this.#services === undefined || this.#services.has(service);
  }
}

/** Whether the cache has what was built, or a promise of it; asking counts as no build. */
export function isFilled(cache: Cache | undefined): boolean {
  return cache !== undefined && !(cache instanceof Unbuilt) && cache.isRight;
}
