/** A real clock that can stall: as in a process that is suspended, or whose event loop is blocked. */
import type { Clock } from '../dispatch/clock.js';
import { realClock } from '../dispatch/real-clock.js';
import { remoteQueue } from '../queue/engine/remote-queue.js';
import type { QueueOptions } from '../queue/queue-options.js';
import type { QueueEngine } from '../queue/queue-provider.js';

export class StallingClock implements Clock {
  #isStalled = false;
  readonly #held: (() => void)[] = [];

  now(): number {
    return realClock.now();
  }

  schedule(callback: () => void, delay: number): unknown {
    return realClock.schedule(() => {
      if (this.#isStalled) this.#held.push(callback);
      else callback();
    }, delay);
  }

  cancel(timer: unknown): void {
    realClock.cancel(timer);
  }

  /** Holds all callbacks until {@link resume}. */
  stall(): void {
    this.#isStalled = true;
  }

  /** Calls back what is overdue. */
  resume(): void {
    this.#isStalled = false;
    for (const callback of this.#held.splice(0)) callback();
  }

  /** The same queue, with a provider that uses this clock. */
  of({ provider, ...options }: QueueOptions): QueueOptions {
    if (provider === undefined) return options;
    const { name, capabilities } = provider;
    const open: QueueEngine['open'] = (queue, context) =>
      provider.open(queue, { ...context, clock: this });
    return { ...options, provider: remoteQueue({ name, capabilities, open }) };
  }
}
