/** Something that several users share, as the queues of one provider share a connection: opened for the first, closed after the last. */

/** What a user gets. */
export interface Joined<T> {
  readonly opened: T;
  /** Once. The last user closes it. */
  leave(): Promise<void>;
}

interface Opening<User, T> {
  readonly users: Set<User>;
  readonly opened: Promise<T>;
}

export class Shared<User, T> {
  readonly #open: (users: ReadonlySet<User>) => Promise<T>;
  readonly #close: (opened: T) => Promise<void>;
  #current: Opening<User, T> | undefined;

  /** @param open gets the users in the order in which they joined, with those that still wait: none of an earlier opening, or a later one */
  constructor(open: (users: ReadonlySet<User>) => Promise<T>, close: (opened: T) => Promise<void>) {
    this.#open = open;
    this.#close = close;
  }

  /** Whether it is open, or about to be. */
  get isOpen(): boolean {
    return this.#current !== undefined;
  }

  /** Rejects as the opening does, which the next user tries again. */
  async join(user: User): Promise<Joined<T>> {
    const current = this.#current ?? this.#begin();
    current.users.add(user);
    try {
      const opened = await current.opened;
      return { opened, leave: () => this.#leave(user, current) };
    } catch (error) {
      current.users.delete(user);
      this.#forget(current);
      throw error;
    }
  }

  #begin(): Opening<User, T> {
    const users = new Set<User>();
    this.#current = { users, opened: this.#open(users) };
    return this.#current;
  }

  async #leave(user: User, left: Opening<User, T>): Promise<void> {
    left.users.delete(user);
    if (left.users.size > 0) return;
    this.#forget(left);
    await this.#close(await left.opened);
  }

  #forget(old: Opening<User, T>): void {
    if (this.#current === old) this.#current = undefined;
  }
}
