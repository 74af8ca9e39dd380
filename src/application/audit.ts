/** A list of what is alive in an application: what `audit` returns. */
import { eventName } from '../../decorators/event-key.js';
import type { Handler } from '../dispatch/handler.js';
import { describeWait } from '../scheduler/describe-wait.js';
import type { LiveTask, Scope } from '../scope/scope.js';

/** A scope that has not ended. */
export interface AuditedScope {
  /** Its name behind those of the scopes above. */
  readonly path: string;
  /** `'ending'` while its end waits for what is running. */
  readonly state: 'open' | 'ending';
  /** Milliseconds since it was opened. */
  readonly age: number;
  /** The reasons of the leases that are out. */
  readonly leases: readonly string[];
}

/** A handler that is subscribed, or one call of it. */
export interface AuditedHandler {
  /** Empty for a plain function. */
  readonly className: string;
  /** The name of the method or of the plain function. */
  readonly method: string;
  /** Its decorator: `'On'`, `'Subscribe'` and others. */
  readonly verb: string;
  /** The name of the event, or how often a timed handler is called. */
  readonly event: string;
  /** The path of the scope that owns it. */
  readonly owner: string;
  /** Milliseconds since it was wired, or since the call began. */
  readonly age: number;
}

/** A task that has begun and not ended. */
export interface AuditedTask {
  /** Empty for a task that was spawned. */
  readonly className: string;
  /** The handler's, or the name of the generator function. */
  readonly method: string;
  /** The path of the scope that ends it. */
  readonly owner: string;
  /** Milliseconds since it was begun. */
  readonly age: number;
  /** In the program's words: `'sleep 2000 ms'`, `'until Damaged'`, `'nextTick'`; `'nothing'` while it runs. */
  readonly waitsFor: string;
}

/** What {@link Audit} lists. */
export interface AuditedApplication {
  /** Scopes that have not ended. */
  readonly scopes: readonly AuditedScope[];
  /** Handlers that are wired, those of a timer left out. */
  readonly handlers: readonly AuditedHandler[];
  /** Handlers that have started and not settled. */
  readonly running: readonly AuditedHandler[];
  /** Tasks, spawned or of a handler, with what they wait for. */
  readonly tasks: readonly AuditedTask[];
  /** Handlers that a timer will call. */
  readonly timers: readonly AuditedHandler[];
  /** How many queues in memory are waiting for a timer. */
  readonly queueTimers: number;
  /** How many messages wait in queues in memory. */
  readonly queued: number;
}

/** What is alive; nothing is when an application has ended. As a string it is a text to read. */
export class Audit implements AuditedApplication {
  readonly scopes: readonly AuditedScope[];
  readonly handlers: readonly AuditedHandler[];
  readonly running: readonly AuditedHandler[];
  readonly tasks: readonly AuditedTask[];
  readonly timers: readonly AuditedHandler[];
  readonly queueTimers: number;
  readonly queued: number;

  /** Made by the function `audit` of a container's adapter. */
  constructor(alive: AuditedApplication) {
    this.scopes = alive.scopes;
    this.handlers = alive.handlers;
    this.running = alive.running;
    this.tasks = alive.tasks;
    this.timers = alive.timers;
    this.queueTimers = alive.queueTimers;
    this.queued = alive.queued;
  }

  /** Whether nothing is alive. */
  get isEmpty(): boolean {
    const { scopes, handlers, running, tasks, timers, queueTimers, queued } = this;
    const lists = [scopes, handlers, running, tasks, timers];
    return lists.every(({ length }) => length === 0) && queueTimers + queued === 0;
  }

  toString(): string {
    const { scopes, handlers, running, tasks, timers, queueTimers, queued } = this;
    return [
      `${scopes.length} scope(s)`,
      ...scopes.map(
        ({ path, state, age, leases }) => `  ${path}, ${state}, ${age} ms${leased(leases)}`,
      ),
      `${handlers.length} handler(s)`,
      ...handlers.map(describeHandler),
      `${running.length} running`,
      ...running.map(describeHandler),
      `${tasks.length} task(s)`,
      ...tasks.map(describeTask),
      `${timers.length} timed`,
      ...timers.map(describeHandler),
      `${queued} message(s) queued, ${queueTimers} queue(s) waiting for a timer`,
    ].join('\n');
  }
}

/** @internal */
export function auditScope({ path, state, openedAt, leases, runtime }: Scope): AuditedScope {
  return {
    path,
    state: state === 'open' ? 'open' : 'ending',
    age: Math.round(runtime.clock.now() - openedAt),
    leases: leases?.reasons ?? [],
  };
}

/** @internal */
export function auditHandler({ plan, owner }: Handler, since: number): AuditedHandler {
  const { className, method, verb, event } = plan;
  const age = Math.round(owner.runtime.clock.now() - since);
  return {
    className,
    method: String(method),
    verb,
    event: eventName(event),
    owner: owner.path,
    age,
  };
}

/** @internal */
export function auditTask(
  { className, method, startedAt, wait }: LiveTask,
  { path, runtime }: Scope,
): AuditedTask {
  const age = Math.round(runtime.clock.now() - startedAt);
  return { className, method, owner: path, age, waitsFor: describeWait(wait) };
}

function describeHandler({ verb, event, owner, age, ...named }: AuditedHandler): string {
  return `  ${nameOf(named)}, ${verb} ${event}, of ${owner}, ${age} ms`;
}

function describeTask({ owner, age, waitsFor, ...named }: AuditedTask): string {
  return `  ${nameOf(named)}, waits for ${waitsFor}, of ${owner}, ${age} ms`;
}

function nameOf({
  className,
  method,
}: {
  readonly className: string;
  readonly method: string;
}): string {
  return className === '' ? method : `${className}.${method}`;
}

function leased(leases: readonly string[]): string {
  return leases.length === 0 ? '' : `, leased by ${leases.join(', ')}`;
}
