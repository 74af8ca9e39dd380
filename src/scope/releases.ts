/** What happens once a scope lets go of an instance: another scope takes over what only one may have. */

/** By instance; each runs once. */
export class Releases {
  readonly #actions = new Map<object, () => void>();

  add(instance: object, action: () => void): void {
    this.#actions.set(instance, action);
  }

  /** The scope has let go of the instance. */
  run(instance: object): void {
    const action = this.#actions.get(instance);
    this.#actions.delete(instance);
    action?.();
  }

  /** The scope has let go of everything. */
  runAll(): void {
    for (const instance of [...this.#actions.keys()]) this.run(instance);
  }
}
