/** What the builds under way have attached: one that fails leaves nothing attached. */
import type { Scope } from '../scope/scope.js';

interface Attached {
  readonly instance: object;
  readonly scope: Scope;
}

/** Builds are nested and synchronous. */
export class Builds {
  #attached: Attached[] | undefined;

  /** Notes for the build under way, if there is one, what was attached now. */
  note(instance: object, scope: Scope): void {
    this.#attached?.push({ instance, scope });
  }

  /** Builds; what was attached for it ends if it throws, and otherwise is a part of the build around it. */
  transient<T>(build: () => T): T {
    return this.#run(build, this.#attached);
  }

  /** Builds; what was attached for it ends if it throws, and otherwise stays, whatever becomes of the build around it. */
  kept<T>(build: () => T): T {
    return this.#run(build, undefined);
  }

  #run<T>(build: () => T, taker: Attached[] | undefined): T {
    const outer = this.#attached;
    const own: Attached[] = [];
    this.#attached = own;
    try {
      const built = build();
      taker?.push(...own);
      return built;
    } catch (error) {
      for (const { instance, scope } of own) scope.disown(instance);
      throw error;
    } finally {
      this.#attached = outer;
    }
  }
}
