/** A member of a queue, which stands for a process: an application with a connection of its own. */
import type { CarillonError } from '../../decorators/carillon-error.js';
import type { Delivery } from '../../decorators/delivery.js';
import type { EventKey } from '../../decorators/event-key.js';
import { Deferred } from '../../decorators/handlers.js';
import type { DeferredOptions } from '../../decorators/verb-options.js';
import type { AdapterQueue, AdapterScope } from '../application/adapter-view.js';
import { Application } from '../application/application.js';
import type { QueueOptions } from '../queue/queue-options.js';
import type { Scope } from '../scope/scope.js';

/** The body of a handler of a case. */
export type HandlerBody = (payload: never, delivery: Delivery) => unknown;

/** The queue of nearly every case. */
export const JOBS = 'jobs';

/** What a case says of a member. */
export interface MemberOptions {
  /** The name of its queue. Default {@link JOBS}. */
  readonly queue?: string;
  readonly onError?: ((error: CarillonError) => void) | undefined;
}

/** Handlers are wired before {@link start}, as in a program. */
export class QueueMember {
  readonly errors: CarillonError[] = [];
  readonly scope: AdapterScope;
  readonly queue: AdapterQueue;
  readonly #application: Application;
  readonly #queue: string;
  #handlers = 0;

  constructor(name: string, options: QueueOptions, { queue = JOBS, onError }: MemberOptions = {}) {
    this.#queue = queue;
    this.#application = new Application({
      name,
      queues: { [queue]: options },
      onError: (error) => {
        this.errors.push(error);
        onError?.(error);
      },
    });
    this.scope = this.#application.scope;
    this.queue = this.#application.queue;
  }

  /**
   * Wires a handler, with the id `handler-1`, `handler-2` … by default. Returns a function that wires one more instance of it in another
   * scope.
   */
  handle(
    event: EventKey,
    work: HandlerBody,
    options: DeferredOptions<unknown> = {},
    owner: Scope = this.scope,
  ): (owner: Scope) => void {
    this.#handlers += 1;
    const wire = this.#declare(
      event,
      work,
      { id: `handler-${this.#handlers}`, ...options },
      'Worker',
    );
    wire(owner);
    return wire;
  }

  /** Wires a handler with the id that the library gives it, of a class that a minifier calls so. */
  handleAs(className: string, event: EventKey, work: HandlerBody): void {
    this.#declare(event, work, {}, className)(this.scope);
  }

  #declare(
    event: EventKey,
    work: HandlerBody,
    options: DeferredOptions<unknown>,
    className: string,
  ): (owner: Scope) => void {
    class Worker {
      run(payload: unknown, delivery: Delivery): unknown {
        return work(payload as never, delivery);
      }
    }
    Object.defineProperty(Worker, 'name', { value: className });
    const method = Object.getOwnPropertyDescriptor(Worker.prototype, 'run') as PropertyDescriptor;
    const decorate = Deferred(event, { queue: this.#queue, ...options });
    (decorate as (target: object, name: string, descriptor: PropertyDescriptor) => void)(
      Worker.prototype,
      'run',
      method,
    );
    return (scope) => {
      const instance = new Worker();
      this.#application.wire(instance, this.#application.plans.of(instance), scope);
    };
  }

  async start(): Promise<void> {
    await this.queue.start();
  }

  async stop(drain?: number): Promise<void> {
    await this.scope.disposeAsync(drain === undefined ? {} : { drain });
  }
}
