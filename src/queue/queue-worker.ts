/** Works off one queue by itself, in turns of its own. */
import type { EventKey } from '../../decorators/event-key.js';
import type { Handler } from '../dispatch/handler.js';
import type { Runtime } from '../dispatch/handler-owner.js';
import type { MemoryQueue } from './memory-queue.js';
import { workMessage } from './work-message.js';

/** So many messages in a row before the rest of the program gets a turn. */
const BURST = 256;

/** Never works in the turn of whoever deferred. */
export class QueueWorker {
  #timer: unknown;
  #busy = 0;
  #stopped = false;
  #idleWaiters: (() => void)[] = [];

  constructor(
    private readonly queue: MemoryQueue,
    private readonly handlersOf: (key: EventKey) => readonly Handler[],
    private readonly name: string,
    private readonly runtime: Runtime,
    private readonly concurrency: number,
  ) {}

  get hasTimer(): boolean {
    return this.#timer !== undefined;
  }

  get isIdle(): boolean {
    return this.#stopped || (this.#busy === 0 && this.queue.size === 0);
  }

  /** Something waits: work in a turn of its own. */
  wake(): void {
    if (this.#stopped || this.#timer !== undefined || this.queue.size === 0) return;
    this.#timer = this.runtime.clock.schedule(() => {
      this.#timer = undefined;
      this.#work();
    }, 0);
  }

  /** Resolves when nothing waits and nothing is in work. */
  idle(): Promise<void> {
    return this.isIdle ? Promise.resolve() : new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== undefined) this.runtime.clock.cancel(this.#timer);
    this.#timer = undefined;
    this.#tellIdle();
  }

  #work(): void {
    // What a handler defers meanwhile waits for another turn.
    const most = Math.min(BURST, this.queue.size);
    for (let count = 0; count < most && this.#busy < this.concurrency && !this.#stopped; count += 1) {
      const message = this.queue.shift();
      if (message === undefined) break;
      const outcome = workMessage(message, this.handlersOf(message.key), this.name, this.runtime);
      if (outcome instanceof Promise) void this.#follow(outcome);
    }
    if (this.#busy < this.concurrency) this.wake();
    this.#tellIdle();
  }

  async #follow(outcome: Promise<boolean>): Promise<void> {
    this.#busy += 1;
    await outcome;
    this.#busy -= 1;
    this.#work();
  }

  #tellIdle(): void {
    if (!this.isIdle) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}
