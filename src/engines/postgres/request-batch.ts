/** Puts what is asked for while the database is busy into one statement: one wait for its answer is enough for all of it. */

interface PendingRequest<T> {
  readonly item: T;
  resolve(): void;
  reject(error: unknown): void;
}

/** So much goes into one statement. */
const MOST = 500;

export class RequestBatch<T> {
  readonly #run: (items: readonly T[]) => Promise<void>;
  readonly #waiting: PendingRequest<T>[] = [];
  #isRunning = false;

  /** @param run stores all of them, in order, or none */
  constructor(run: (items: readonly T[]) => Promise<void>) {
    this.#run = run;
  }

  /** Settles with the statement that it is in. */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#isRunning) void this.#runAll();
    });
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const wishes = this.#waiting.splice(0, MOST);
      try {
        await this.#run(wishes.map(({ item }) => item));
        for (const { resolve } of wishes) resolve();
      } catch (error) {
        for (const { reject } of wishes) reject(error);
      }
    }
    this.#isRunning = false;
  }
}
