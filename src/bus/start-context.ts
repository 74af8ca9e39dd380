/** The asynchronous context in which an application was started: what an engine delivers runs there, never in that of a request. */

/** A loop that was begun in that context runs what it is given; without one it runs at once. */
export class StartContext {
  #waiting: (() => void)[] = [];
  #wake: (() => void) | undefined;
  #loop: object | undefined;

  /** The context of the caller is the one from now on. */
  begin(): void {
    this.end();
    this.#loop = {};
    void this.#run(this.#loop);
  }

  end(): void {
    this.#loop = undefined;
    this.#wake?.();
  }

  /** Settles as the action does. */
  run<T>(action: () => Promise<T>): Promise<T> {
    if (this.#loop === undefined) return action();
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => void action().then(resolve, reject));
      this.#wake?.();
    });
  }

  /** An `await` goes on in the context of its function, whoever settles the promise. */
  async #run(loop: object): Promise<void> {
    for (;;) {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const start of waiting) start();
      if (this.#loop !== loop) return;
      if (this.#waiting.length > 0) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
