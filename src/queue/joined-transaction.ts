/** A transaction of the caller's, as the engines of the application know it. */
import type { QueueEngine } from './queue-provider.js';

/** The queues of the application, each with its engine. */
type Engines = Readonly<Record<string, { readonly provider?: QueueEngine }>>;

/** Made in the turn in which the caller says that the transaction is open. */
export class JoinedTransaction {
  readonly #transaction: unknown;
  readonly #byEngine = new Map<QueueEngine, unknown>();

  constructor(transaction: unknown, queues: Engines) {
    this.#transaction = transaction;
    for (const { provider } of Object.values(queues)) {
      if (provider?.capabilities.transactions !== true || this.#byEngine.has(provider)) continue;
      this.#byEngine.set(provider, provider.join?.(transaction) ?? transaction);
    }
  }

  of(engine: QueueEngine | undefined): unknown {
    return (engine && this.#byEngine.get(engine)) ?? this.#transaction;
  }
}
