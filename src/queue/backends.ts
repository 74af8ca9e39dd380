/** The backends of one application, one for each queue, and the batches in which messages go to them. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { DEFAULT_QUEUE } from '../../decorators/declaration.js';
import { contextOfNow, type InContext } from '../dispatch/async-storage.js';
import type { Runtime } from '../dispatch/runtime.js';
import type { QueueNumbers, Telemetry } from '../dispatch/telemetry.js';
import type { Scope } from '../scope/scope.js';
import { acceptedByAll } from './acceptance.js';
import { type Deferral, type QueueBackend, sendTo } from './backend.js';
import type { DeferredHandlers } from './deferred-handlers.js';
import type { JoinedTransaction } from './joined-transaction.js';
import {
  type MemoryQueues,
  type QueueContext,
  type QueuesOptions,
  unableError,
} from './queue-options.js';
import type { QueueCapabilities, QueueCounts } from './queue-provider.js';
import type { StoredMessage } from './receipt.js';

/** Each backend is made when its queue is first used. */
export class QueueBackends {
  readonly #byName = new Map<string, QueueBackend>();
  readonly #options: QueuesOptions;
  readonly #memory: MemoryQueues;
  readonly #deferredHandlers: DeferredHandlers;
  readonly #runtime: Runtime;
  readonly #source: string;
  #started = false;
  /** Of a queue that is used first in a request, the worker does not belong to that. */
  #inStartContext: InContext = (action) => action();
  #quiet = false;

  constructor(
    scope: Scope,
    options: QueuesOptions,
    memory: MemoryQueues,
    deferredHandlers: DeferredHandlers,
  ) {
    this.#options = options;
    this.#memory = memory;
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

  /** For the messages of one call. */
  newBatches(): DeferralBatches {
    return new DeferralBatches(this.#runtime.telemetry);
  }

  /** What the provider of a queue can do. */
  capabilitiesOf(name: string): QueueCapabilities {
    return (this.#options[name]?.provider ?? this.#memory).capabilities;
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
    this.#inStartContext = contextOfNow();
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
    const backends = this.all.filter(({ local }) => local?.isManual !== true);
    return Promise.all(
      backends.map(async (backend) => ({ queue: backend.name, ...(await backend.counts()) })),
    );
  }

  /** Of every queue that has been used; an engine that does not answer is left out. */
  async numbers(): Promise<readonly QueueNumbers[]> {
    const asked = await Promise.allSettled(
      this.all.map(async (backend) => ({
        queue: backend.name,
        system: backend.provider,
        ...(await backend.counts()),
        oldest: await backend.oldest(),
      })),
    );
    return asked.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  }

  /** Takes nothing more from the engines; resolves once what they gave out is settled. */
  async quiesce(): Promise<void> {
    this.#quiet = true;
    await Promise.all(this.all.map((backend) => backend.quiesce?.()));
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
    const backend: QueueBackend = (options.provider ?? this.#memory).attach(context);
    this.#byName.set(name, backend);
    if (this.#started) this.#checkConfigured(name);
    if (this.#quiet) void backend.quiesce?.();
    if (this.#started)
      this.#inStartContext(() => backend.start()).catch((error: CarillonError) =>
        this.#runtime.report(error),
      );
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

/** Collects the messages of one call by backend, and puts the receipts in the order of the messages. */
export class DeferralBatches {
  readonly #batches = new Map<QueueBackend, DeferralBatch>();
  readonly #stored: StoredMessage[][] = [];
  readonly #telemetry: Telemetry | undefined;

  constructor(telemetry: Telemetry | undefined) {
    this.#telemetry = telemetry;
  }

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
  async send(
    transaction: JoinedTransaction | undefined,
  ): Promise<readonly (readonly StoredMessage[])[]> {
    await acceptedByAll(
      [...this.#batches].map(([backend, batch]) => this.#sendTo(backend, batch, transaction)),
    );
    return this.#stored;
  }

  async #sendTo(
    backend: QueueBackend,
    { places, deferrals }: DeferralBatch,
    transaction: JoinedTransaction | undefined,
  ): Promise<void> {
    const stored = await sendTo(backend, deferrals, { transaction, telemetry: this.#telemetry });
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
