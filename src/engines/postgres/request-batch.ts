/** Puts all requests that come while the database is busy into one statement: a single wait for the answer is enough for them. */

interface PendingRequest<T> {
  readonly item: T;
  resolve(): void;
  reject(error: unknown): void;
}

/** How many requests go into one statement. */
const MAX_REQUESTS = 500;

export class RequestBatch<T> {
  readonly #run: (items: readonly T[]) => Promise<void>;
  readonly #waiting: PendingRequest<T>[] = [];
  #isRunning = false;

  /** @param run stores all of them, in order, or none */
  constructor(run: (items: readonly T[]) => Promise<void>) {
    this.#run = run;
  }

  /** Settles with the statement that contains the item. */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#isRunning) void this.#runAll();
    });
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const requests = this.#waiting.splice(0, MAX_REQUESTS);
      try {
        await this.#run(requests.map(({ item }) => item));
        for (const { resolve } of requests) resolve();
      } catch (error) {
        for (const { reject } of requests) reject(error);
      }
    }
    this.#isRunning = false;
  }
}
