/** A message of a queue that is polled, as its handler gets it. */
import type { QueueDelivery } from '../queue/queue-provider.js';
import type { KeyRun } from './key-run.js';

/** A message that was given out to a consumer. */
export interface ClaimedMessage extends Omit<QueueDelivery, 'progress' | 'log' | 'onLost'> {
  /** Whether it has an ordering key: others may wait for its end. */
  readonly isOrdered: boolean;
}

/** What a delivery reports to. */
export interface ClaimedDeliveryOptions<M extends ClaimedMessage> {
  readonly source: {
    progress(message: M, fraction: number): Promise<void>;
    log(message: M, line: string): Promise<void>;
  };
  /** Receives why an update was not stored. */
  readonly failed: (cause: unknown) => void;
  /** Of its ordering key, where its consumer has others in hand. */
  readonly run: KeyRun<M> | undefined;
}

/** Its updates are stored in the background. */
export class ClaimedDelivery<M extends ClaimedMessage> implements QueueDelivery {
  readonly id: string;
  readonly handler: string | undefined;
  readonly body: string | Uint8Array;
  readonly attempt: number;
  readonly expired: boolean;
  readonly #message: M;
  readonly #options: ClaimedDeliveryOptions<M>;
  #lost: (() => void) | undefined;
  #isLost = false;

  constructor(message: M, options: ClaimedDeliveryOptions<M>) {
    this.id = message.id;
    this.handler = message.handler;
    this.body = message.body;
    this.attempt = message.attempt;
    this.expired = message.expired;
    this.#message = message;
    this.#options = options;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  lose(): void {
    this.#isLost = true;
    void this.#options.run?.giveBack();
    this.#lost?.();
  }

  onLost(lost: () => void): void {
    this.#lost = lost;
  }

  progress(fraction: number): void {
    const { source, failed } = this.#options;
    source.progress(this.#message, fraction).catch(failed);
  }

  log(line: string): void {
    const { source, failed } = this.#options;
    source.log(this.#message, line).catch(failed);
  }
}
