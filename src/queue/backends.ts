/** The backends of one application: one for each queue, made when it is first spoken of. */
import type { CarillonError } from '../../decorators/carillon-error.js';
import type { Scope } from '../scope/scope.js';
import type { Deferral, QueueBackend } from './backend.js';
import type { DeferredHandlers } from './deferred-handlers.js';
import { MEMORY, MemoryBackend } from './memory/memory-backend.js';
import { type QueuesOptions, unableError } from './queue-options.js';
import type { QueueCapabilities, QueueCounts } from './queue-provider.js';
import type { StoredMessage } from './receipt.js';

export class QueueBackends {
  readonly #byName = new Map<string, QueueBackend>();
  readonly #source: string;
  #started = false;

  constructor(
    private readonly scope: Scope,
    private readonly options: QueuesOptions,
    private readonly deferredHandlers: DeferredHandlers,
  ) {
    this.#source = `/${encodeURIComponent(scope.name)}`;
  }

  /** Whether they are worked off. */
  get isStarted(): boolean {
    return this.#started;
  }

  get all(): readonly QueueBackend[] {
    return [...this.#byName.values()];
  }

  /** Timers that are alive. */
  get timers(): number {
    return this.all.filter((backend) => backend.hasTimer).length;
  }

  get(name: string): QueueBackend {
    return this.#byName.get(name) ?? this.#make(name);
  }

  /** How many messages wait in memory: in one queue, or in all of them. */
  size(name: string | undefined): number {
    if (name !== undefined) return this.#byName.get(name)?.size ?? 0;
    return this.all.reduce((sum, { size }) => sum + size, 0);
  }

  /** Asks the queues that can, one after another, until one of them has another answer than `none`. */
  async ask<T>(
    call: string,
    name: string | undefined,
    capability: 'cancel' | 'reschedule' | 'status',
    question: (backend: QueueBackend) => Promise<T>,
    none: T,
  ): Promise<T> {
    const backends = name === undefined ? this.all : [this.get(name)];
    const able = backends.filter(({ capabilities }) => capabilities[capability]);
    const [first] = backends;
    if (able.length === 0 && first !== undefined)
      throw unableError(first.name, first.provider, `${call}()`, capability);
    for (const backend of able) {
      const answer = await question(backend);
      if (answer !== none) return answer;
    }
    return none;
  }

  /** Resolves once every engine has subscribed. */
  async start(): Promise<void> {
    this.#started = true;
    try {
      await Promise.all(this.all.map((backend) => backend.start()));
    } catch (error) {
      this.#started = false;
      throw error;
    }
  }

  /** Resolves when those in memory that are worked off by themselves are empty and idle. */
  async drained(): Promise<void> {
    while (this.all.some((backend) => !backend.isIdle))
      await Promise.all(this.all.map((backend) => backend.idle()));
  }

  /** What has been accepted and is not done, of each queue that is worked off by itself. */
  async undone(): Promise<readonly (QueueCounts & { readonly queue: string })[]> {
    const backends = this.all.filter(
      (backend) => !(backend instanceof MemoryBackend && backend.isManual),
    );
    return Promise.all(
      backends.map(async (backend) => ({ queue: backend.name, ...(await backend.counts()) })),
    );
  }

  /** Lets go of the engines, once what ran has settled. */
  async close(): Promise<void> {
    const backends = this.all;
    this.#byName.clear();
    await Promise.all(backends.map((backend) => backend.close()));
  }

  #make(name: string): QueueBackend {
    const options = this.options[name] ?? {};
    const { runtime } = this.scope;
    const [deferredHandlers, source] = [this.deferredHandlers, this.#source];
    const backend =
      options.provider?.attach({ name, options, deferredHandlers, runtime, source }) ??
      new MemoryBackend(name, options, deferredHandlers, runtime, source);
    this.#byName.set(name, backend);
    if (this.#started) backend.start().catch((error: CarillonError) => runtime.report(error));
    return backend;
  }
}

/** What the provider of a queue can do. */
export function capabilitiesOf(queue: string, options: QueuesOptions): QueueCapabilities {
  return options[queue]?.provider?.capabilities ?? MEMORY;
}

/** What goes to one queue, with its places among all. */
interface DeferralBatch {
  readonly places: number[];
  readonly deferrals: Deferral[];
}

export class DeferralBatches {
  readonly #batches = new Map<QueueBackend, DeferralBatch>();
  readonly #stored: StoredMessage[][] = [];

  /** @param place of the message among all: 0 for the first */
  add(place: number, backend: QueueBackend, deferral: Deferral): void {
    let batch = this.#batches.get(backend);
    if (batch === undefined) {
      batch = { places: [], deferrals: [] };
      this.#batches.set(backend, batch);
    }
    batch.places.push(place);
    batch.deferrals.push(deferral);
  }

  /** Resolves, once all are accepted, with what was stored of each message. */
  async send(transaction: unknown): Promise<readonly (readonly StoredMessage[])[]> {
    await Promise.all(
      [...this.#batches].map(([backend, batch]) => this.#sendTo(backend, batch, transaction)),
    );
    return this.#stored;
  }

  async #sendTo(
    backend: QueueBackend,
    { places, deferrals }: DeferralBatch,
    transaction: unknown,
  ): Promise<void> {
    const stored = await backend.send(deferrals, transaction);
    let next = 0;
    places.forEach((place, index) => {
      const end = next + Math.max(1, deferrals[index]?.recipients.length ?? 0);
      const own = stored.slice(next, end);
      const others = this.#stored[place];
      this.#stored[place] = others === undefined ? own : [...others, ...own];
      next = end;
    });
  }
}
