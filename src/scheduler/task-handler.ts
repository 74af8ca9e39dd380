/** Handlers that are generator methods: each event starts a task, which ends with its handler or its scope. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { Overlap, TaskOptions } from '../../decorators/task-options.js';
import { type Handler, type HandlerPlan, handlerName } from '../dispatch/handler.js';
import { type Run, reportFailure, type Starter } from '../dispatch/run.js';
import { hiddenField } from '../scope/hidden-field.js';
import type { Scope } from '../scope/scope.js';
import type { Waiting } from './alarm.js';
import { callMethod, onHandlerEnd } from './handler-end.js';
import { HandlerTask } from './handler-task.js';
import { TaskHost } from './task-host.js';
import type { Coroutine } from './wait.js';

const GeneratorFunction = function* () {
  yield;
}.constructor;
const AsyncGeneratorFunction = async function* () {
  yield;
}.constructor;

/** A handler has one plan, and so one way to be run. */
const tasks = /* @__PURE__ */ hiddenField<HandlerTasks>();

/**
 * Starts the runs of a generator method; `undefined` for any other method.
 *
 * @throws CarillonError `CAR6008` for an overlap that the handler cannot have, and for an `async` generator
 */
export function taskStarter(plan: HandlerPlan): Starter | undefined {
  const { overlap }: TaskOptions = plan.options;
  const isTask = plan.run instanceof GeneratorFunction;
  const fault = isTask ? overlapFault(plan, overlap) : methodFault(plan, overlap);
  if (fault !== undefined)
    throw new CarillonError('CAR6008', `@${plan.verb} on ${handlerName(plan)} ${fault}`);
  if (!isTask) return undefined;
  return (run) => {
    const { handler } = run;
    const own =
      tasks.of(handler) ??
      new HandlerTasks(handler, plan.verb === 'Every' ? 'parallel' : (overlap ?? 'parallel'));
    tasks.set(handler, own);
    return own.add(run);
  };
}

function overlapFault({ verb }: HandlerPlan, overlap: Overlap | undefined): string | undefined {
  if (verb !== 'Deferred' || (overlap !== 'restart' && overlap !== 'ignore')) return undefined;
  return `has overlap: '${overlap}', which would lose messages. Use 'queue' or 'parallel'.`;
}

function methodFault({ run, verb }: HandlerPlan, overlap: Overlap | undefined): string | undefined {
  if (run instanceof AsyncGeneratorFunction)
    return 'is an async generator. Drop the async, and wait for promises with yield* settled().';
  return overlap === undefined || verb === 'Every'
    ? undefined
    : 'has an overlap, but is not a generator method. Make it one with *, or drop the option.';
}

/** The tasks of one handler of one instance. */
class HandlerTasks {
  readonly #overlap: Overlap;
  readonly #running = new Set<HandlerTask>();
  readonly #waiting: { readonly run: Run; readonly settle: (outcome: unknown) => void }[] = [];
  #tick: Waiting | undefined;

  constructor(handler: Handler, overlap: Overlap) {
    this.#overlap = overlap;
    onHandlerEnd(handler, () => this.#end());
  }

  add(run: Run): unknown {
    if (this.#running.size + this.#waiting.length > 0) {
      if (this.#overlap === 'ignore') return undefined;
      if (this.#overlap === 'queue')
        return new Promise((settle) => this.#waiting.push({ run, settle }));
      if (this.#overlap === 'restart') for (const task of this.#running) task.supersede();
    }
    return this.#start(run);
  }

  #start(run: Run): unknown {
    const scope = run.handler.owner as Scope;
    const { active } = run.handler;
    const host = new TaskHost(scope, (error) => reportFailure(run.handler, error), run);
    const generator = callMethod(run) as Coroutine<unknown>;
    // What a test or a wrapper has put in the method's place need not be a generator.
    if (typeof generator?.next !== 'function') return generator;
    // A @Once handler has ended already: only the scope can end its task.
    const forget = active ? undefined : scope.atClose(() => task.end());
    const task = new HandlerTask(generator, host, run, () => {
      forget?.();
      scope.tasks.delete(task);
      this.#ended(task, host);
    });
    this.#running.add(task);
    scope.tasks.add(task);
    return task.start();
  }

  /** The next one begins in the next tick: a handler that emits its own event does not loop within one tick forever. */
  #ended(task: HandlerTask, host: TaskHost): void {
    this.#running.delete(task);
    if (this.#waiting.length > 0) this.#tick = host.nextTick(() => this.#startNext());
  }

  #startNext(): void {
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const { run, settle } = next;
    const { context } = run.handler.owner.runtime;
    context.enter(run, () => {
      try {
        settle(this.#start(run));
      } catch (error) {
        settle(Promise.reject(error));
      }
    });
  }

  #end(): void {
    this.#tick?.end();
    for (const { run, settle } of this.#waiting.splice(0)) {
      run.abandon();
      settle(undefined);
    }
    for (const task of this.#running) task.end();
  }
}
