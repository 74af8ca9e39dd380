/** What one scene keeps count of, and the proof that nothing of it runs once it has ended. */
export class Stage {
  /** Tasks that have begun. */
  begun = 0;
  /** Tasks whose `finally` block has run. */
  ended = 0;
  /** Collisions worked off. */
  collisions = 0;
  /** Collisions that a former scene had left in the queue, passed over. */
  foreign = 0;
  /** Turns that behaviours have made. */
  turns = 0;
  /** Looks round, one in each second of the game. */
  looks = 0;
  /** What ran after the end, by name. */
  readonly late: string[] = [];
  #isOver = false;

  constructor(readonly name: string) {}

  /** Each handler says so first of all, and each task whenever it goes on. */
  enter(what: string): void {
    if (this.#isOver) this.late.push(what);
  }

  /** From here on nothing may enter. */
  close(): void {
    this.#isOver = true;
  }
}
