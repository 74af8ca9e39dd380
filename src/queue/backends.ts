/** The backends of one application, one for each queue, and the batches in which messages go to them. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { DEFAULT_QUEUE } from '../../decorators/declaration.js';
import type { Runtime } from '../dispatch/runtime.js';
import type { Scope } from '../scope/scope.js';
import { acceptedByAll } from './acceptance.js';
import type { Deferral, QueueBackend } from './backend.js';
import type { DeferredHandlers } from './deferred-handlers.js';
import { MEMORY, MemoryBackend } from './memory/memory-backend.js';
import { type QueueContext, type QueuesOptions, unableError } from './queue-options.js';
import type { QueueCapabilities, QueueCounts } from './queue-provider.js';
import type { StoredMessage } from './receipt.js';

/** Each backend is made when its queue is first used. */
export class QueueBackends {
  readonly #byName = new Map<string, QueueBackend>();
  readonly #options: QueuesOptions;
  readonly #deferredHandlers: DeferredHandlers;
  readonly #runtime: Runtime;
  readonly #source: string;
  #started = false;

  constructor(scope: Scope, options: QueuesOptions, deferredHandlers: DeferredHandlers) {
    this.#options = options;
    this.#deferredHandlers = deferredHandlers;
    this.#runtime = scope.runtime;
    this.#source = `/${encodeURIComponent(scope.name)}`;
  }

  /** Whether automatic processing has begun. */
  get isStarted(): boolean {
    return this.#started;
  }

  get all(): readonly QueueBackend[] {
    return [...this.#byName.values()];
  }

  /** How many backends have a timer. */
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

  /**
   * Asks the queues that have the capability, one after another, until an answer differs from `none`.
   *
   * @throws CarillonError (a rejection) `CAR7010` when no queue has the capability
   */
  async ask<T>({ capability, queue, question, none }: Question<T>): Promise<T> {
    const backends = queue === undefined ? this.all : [this.get(queue)];
    const able = backends.filter(({ capabilities }) => capabilities[capability]);
    const [first] = backends;
    if (able.length === 0 && first !== undefined)
      throw unableError(first.name, first.provider, `${capability}()`, capability);
    for (const backend of able) {
      const answer = await question(backend);
      if (answer !== none) return answer;
    }
    return none;
  }

  /** Resolves once every engine has subscribed. */
  async start(): Promise<void> {
    this.#started = true;
    for (const { name } of this.all) this.#checkConfigured(name);
    try {
      await Promise.all(this.all.map((backend) => backend.start()));
    } catch (error) {
      this.#started = false;
      throw error;
    }
  }

  /** Resolves when the queues in memory that are processed automatically do nothing but that, and nothing is due. */
  async drained(besides: (queue: string) => number): Promise<void> {
    while (this.all.some((backend) => !backend.isIdle(besides(backend.name))))
      await Promise.all(this.all.map((backend) => backend.idle(besides(backend.name))));
  }

  /** The counts of each queue that is processed automatically. */
  async undone(): Promise<readonly (QueueCounts & { readonly queue: string })[]> {
    const backends = this.all.filter(
      (backend) => !(backend instanceof MemoryBackend && backend.isManual),
    );
    return Promise.all(
      backends.map(async (backend) => ({ queue: backend.name, ...(await backend.counts()) })),
    );
  }

  /** Closes the engines, once what runs has settled. */
  async close(): Promise<void> {
    const backends = this.all;
    this.#byName.clear();
    await Promise.all(backends.map((backend) => backend.close()));
  }

  /** Beside queues on an engine, a name that nobody has configured is a slip: its messages would be lost with the process. */
  #checkConfigured(name: string): void {
    const engines = Object.values(this.#options).some(({ provider }) => provider !== undefined);
    if (!engines || name === DEFAULT_QUEUE || Object.hasOwn(this.#options, name)) return;
    const known = Object.keys(this.#options)
      .map((each) => `"${each}"`)
      .join(', ');
    this.#runtime.report(
      new CarillonError(
        'CAR7013',
        `Queue "${name}" is named in code, and configured nowhere: it is in memory, and its messages end with the process. Configured are ${known}. Correct the name, or configure it: queues: { '${name}': {} }.`,
      ),
    );
  }

  #make(name: string): QueueBackend {
    const options = this.#options[name] ?? {};
    const context: QueueContext = {
      name,
      options,
      deferredHandlers: this.#deferredHandlers,
      runtime: this.#runtime,
      source: this.#source,
    };
    const backend = options.provider?.attach(context) ?? new MemoryBackend(context);
    this.#byName.set(name, backend);
    if (this.#started) this.#checkConfigured(name);
    if (this.#started) backend.start().catch((error: CarillonError) => this.#runtime.report(error));
    return backend;
  }
}

/** A question that one of several queues can answer, such as the status of a message. */
export interface Question<T> {
  readonly capability: 'cancel' | 'reschedule' | 'status';
  /** One queue; `undefined` asks all of them. */
  readonly queue: string | undefined;
  question(backend: QueueBackend): Promise<T>;
  /** The answer of a queue that does not know. */
  readonly none: T;
}

/** What the provider of a queue can do. */
export function capabilitiesOf(queue: string, options: QueuesOptions): QueueCapabilities {
  return options[queue]?.provider?.capabilities ?? MEMORY;
}

/** Collects the messages of one call by backend, and puts the receipts in the order of the messages. */
export class DeferralBatches {
  readonly #batches = new Map<QueueBackend, DeferralBatch>();
  readonly #stored: StoredMessage[][] = [];

  /** @param place position of the message in the call; the first is 0 */
  add(place: number, backend: QueueBackend, deferral: Deferral): void {
    let batch = this.#batches.get(backend);
    if (batch === undefined) {
      batch = { places: [], deferrals: [] };
      this.#batches.set(backend, batch);
    }
    batch.places.push(place);
    batch.deferrals.push(deferral);
  }

  /** Resolves once all are accepted, with what was stored for each message. */
  async send(transaction: unknown): Promise<readonly (readonly StoredMessage[])[]> {
    await acceptedByAll(
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

/** The messages for one backend. */
interface DeferralBatch {
  readonly places: number[];
  readonly deferrals: Deferral[];
}
