/** The other consumers of a queue: what one leaves that claims nothing itself waits for them. */

/** What tells them, where they would look only after a time. */
export interface Notice {
  tellOthers?(): Promise<void>;
}

export class OtherConsumers {
  readonly #notice: Notice;
  #isTelling = false;

  constructor(notice: Notice) {
    this.#notice = notice;
  }

  /** Once for all that is left in one turn. */
  tell(): void {
    if (this.#isTelling || this.#notice.tellOthers === undefined) return;
    this.#isTelling = true;
    Promise.resolve()
      .then(() => {
        this.#isTelling = false;
        return this.#notice.tellOthers?.();
      })
      // They look by themselves, a little later.
      .catch(() => undefined);
  }
}
