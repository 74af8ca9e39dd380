/** What a container can build, as `describe()` reads it: nothing is built for it. */
import type { Scope } from '../scope/scope.js';

/** How long an instance lives. `'resolution'`: one for each call of the container, as InversifyJS's request scope has it. */
export type Lifetime = 'singleton' | 'constant' | 'scoped' | 'resolution' | 'transient';

/** One service that a container has a binding of. */
export interface BoundService {
  /** What it is resolved by, as errors show it. */
  readonly name: string;
  /** The class that is built; `undefined` where only a function knows it. */
  readonly builds: (abstract new (...args: never[]) => unknown) | undefined;
  /** How long an instance lives. */
  readonly lifetime: Lifetime;
  /** The scope of the container that has the binding. */
  readonly scope: Scope;
  /** What is injected into it. */
  readonly needs: readonly ServiceNeed[];
}

/** What is injected into a service. */
export interface ServiceNeed {
  /** As errors show it. */
  readonly name: string;
  /** Which of the listed services it is; `undefined` for none of them. */
  readonly service: () => BoundService | undefined;
}
