/** Counts the scopes of requests, for the report. */
import type { IncomingMessage } from 'node:http';
import type { DisposalReport } from 'carillon';

export class RequestCounts {
  readonly #faults: string[] = [];
  #opened = 0;
  #closed = 0;
  #outlived = 0;

  get opened(): number {
    return this.#opened;
  }

  get closed(): number {
    return this.#closed;
  }

  /** How many still had their handler at work when the client had gone. */
  get outlived(): number {
    return this.#outlived;
  }

  /** Handlers that did not settle within the drain time. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /** A request has come: names its scope. */
  readonly open = (request: object): string => {
    this.#opened += 1;
    return `delivery ${(request as IncomingMessage).headers['x-github-delivery']}`;
  };

  /** Its scope has ended. */
  readonly close = ({ abandoned, leases, scope }: DisposalReport): void => {
    this.#closed += 1;
    for (const { className, method } of abandoned)
      this.#faults.push(`${className}.${method} never settled in ${scope}`);
    if (leases > 0) this.#faults.push(`the route handler never settled in ${scope}`);
  };

  /** Its handler has settled, and its client had gone. */
  outlive(): void {
    this.#outlived += 1;
  }
}
