/** What the shop's mail waits for: opened by the program, so that it is known what runs before and after. */
import { Injectable } from '@nestjs/common';

@Injectable()
export class PostOffice {
  /** Opens it; letters that have been brought before are taken then. */
  open: () => void = () => undefined;
  readonly #opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });

  /** Resolves when the letter has been taken. */
  take(): Promise<void> {
    return this.#opened;
  }
}
