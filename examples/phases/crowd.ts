/** Keeps the first requests waiting until all of them are there: so many are under way at once, however fast the machine is. */
export class Crowd {
  /** Resolves when all are there. */
  readonly complete: Promise<void>;
  readonly #opened: Promise<void>;
  #tellComplete!: () => void;
  #open!: () => void;
  #arrived = 0;

  constructor(readonly size: number) {
    this.complete = new Promise((resolve) => {
      this.#tellComplete = resolve;
    });
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  /** Resolves when the crowd has been let through. */
  pass(): Promise<void> {
    this.#arrived += 1;
    if (this.#arrived === this.size) this.#tellComplete();
    return this.#opened;
  }

  letThrough(): void {
    this.#open();
  }
}
