/** The error of a queue whose engine has trouble that no caller waits for. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { ProviderContext } from '../queue/queue-provider.js';

/**
 * @param queue the queue and its engine: `"mail" on redis`
 * @param what what happened and what to do, as the rest of the sentence
 */
export function queueTrouble(queue: string, what: string, cause: unknown): CarillonError {
  return new CarillonError('CAR5018', `Queue ${queue} ${what}`, { cause });
}

/** Trouble of one worker: each kind is reported once until its engine answers again. */
export class Troubles {
  readonly #queue: string;
  readonly #context: ProviderContext;
  readonly #reported = new Set<string>();

  constructor(queue: string, context: ProviderContext) {
    this.#queue = queue;
    this.#context = context;
  }

  report(what: string, cause: unknown): void {
    if (this.#reported.has(what)) return;
    this.#reported.add(what);
    this.#context.report(
      queueTrouble(
        `"${this.#queue}"`,
        `${what}. See the cause, and whether the engine runs.`,
        cause,
      ),
    );
  }

  clear(): void {
    this.#reported.clear();
  }
}
