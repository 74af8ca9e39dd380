/** Runs the listeners of `@nestjs/event-emitter` and `@nestjs/cqrs` unchanged. */
import { ContextIdFactory, type ModuleRef, ModuleRef as ModuleRefToken } from '@nestjs/core';
import { CarillonError } from '../../../../decorators/carillon-error.js';
import { handlerSubject } from '../../../../decorators/handler-options.js';
import { orderSubject } from '../../../../decorators/order-options.js';
import type { OnOptions } from '../../../../decorators/verb-options.js';
import type { AdapterApplication } from '../../../application/adapter-application.js';
import { HandlerError } from '../../../dispatch/errors.js';
import type { Handler } from '../../../dispatch/handler.js';
import { functionPlan } from '../../../dispatch/handler-plan.js';
import { hiddenField } from '../../../scope/hidden-field.js';
import type { Contexts } from '../contexts.js';
import { moduleRefOf, type Wrapper } from '../nest-internals.js';
import { type AdoptedClass, type AdoptedHandler, readAdopted } from './declarations.js';
import { argumentsOf } from './listener-arguments.js';

type Methods = Record<string, (...values: unknown[]) => unknown>;

/** Gives the instance whose method hears an event. */
type Target = (payload: unknown, use: (instance: object) => unknown) => unknown;

/** Those of one application. */
export class AdoptedListeners {
  readonly #application: AdapterApplication;
  readonly #contexts: Contexts;
  readonly #classes = new WeakMap<object, AdoptedClass>();
  readonly #attached = hiddenField<true>();
  /** The context that is made for a request of which Nest has none. */
  readonly #contextIds = hiddenField<ReturnType<typeof ContextIdFactory.create>>();

  constructor(application: AdapterApplication, contexts: Contexts) {
    this.#application = application;
    this.#contexts = contexts;
  }

  hears(prototype: object): boolean {
    return this.#of(prototype).handlers.length > 0;
  }

  /** Subscribes an instance that lives as long as the application. */
  attach(instance: object): void {
    if (this.#attached.of(instance)) return;
    this.#attached.set(instance, true);
    this.#subscribe(this.#of(Object.getPrototypeOf(instance)), (_, use) => use(instance));
  }

  /** Subscribes a class that is built for each request: it joins the request under way, or is built for the event. */
  attachRequestClass(prototype: object, wrapper: Wrapper): void {
    const moduleRef = moduleRefOf(wrapper, ModuleRefToken);
    if (moduleRef === undefined) return;
    this.#subscribe(this.#of(prototype), (payload, use) =>
      this.#inContext(moduleRef, wrapper, payload, use),
    );
  }

  #of(prototype: object | null): AdoptedClass {
    if (prototype === null) return { handlers: [], faults: [] };
    let found = this.#classes.get(prototype);
    if (found === undefined) {
      found = readAdopted(prototype);
      this.#classes.set(prototype, found);
      for (const fault of found.faults) this.#application.scope.runtime.report(notAdopted(fault));
    }
    return found;
  }

  #subscribe({ handlers }: AdoptedClass, target: Target): void {
    for (const handler of handlers) this.#wire(handler, target);
  }

  #wire(handler: AdoptedHandler, target: Target): Handler {
    const { scope, bus } = this.#application;
    const { verb, className, method, event, options } = handler;
    const run = (payload: unknown) => this.#run(handler, target, payload);
    Object.defineProperty(run, 'name', { value: `${className}.${method}` });
    if (verb === 'Subscribe') return bus.wire(functionPlan(scope.runtime, verb, event, run), scope);
    const order: OnOptions<unknown> = options.prependListener === true ? { priority: 1 } : {};
    return scope.emitterCore.subscribe(
      functionPlan(scope.runtime, verb, event, run, order, [orderSubject, handlerSubject]),
      undefined,
    );
  }

  #run(handler: AdoptedHandler, target: Target, payload: unknown): unknown {
    const { method, options, verb } = handler;
    const call = () =>
      target(payload, (instance) => (instance as Methods)[method]?.(...argumentsOf(payload)));
    const isLater = options.async === true || options.nextTick === true;
    const run = isLater ? () => Promise.resolve().then(call) : call;
    if (verb === 'Subscribe' || options.suppressErrors === false) return run();
    return this.#suppressing(handler, run);
  }

  /** As `@OnEvent` has it by default: the error is reported, and nobody else gets it. */
  #suppressing(handler: AdoptedHandler, run: () => unknown): unknown {
    const failed = (cause: unknown) => {
      const { className, method, event } = handler;
      const { runtime, name: scope } = this.#application.scope;
      runtime.report(new HandlerError({ className, method, event: String(event), scope, cause }));
    };
    try {
      const value = run();
      return value instanceof Promise ? value.catch(failed) : value;
    } catch (error) {
      return failed(error);
    }
  }

  async #inContext(
    moduleRef: ModuleRef,
    { token }: Wrapper,
    payload: unknown,
    use: (instance: object) => unknown,
  ): Promise<unknown> {
    const request = this.#contexts.request;
    if (request !== undefined) {
      const contextId = this.#contextIdOf(moduleRef, request);
      return use(await moduleRef.resolve<object>(token as string, contextId));
    }
    const contextId = ContextIdFactory.create();
    moduleRef.registerRequestByContextId(payload, contextId);
    const live = this.#contexts.open('event');
    try {
      return await live.run('listener', async () =>
        use(await moduleRef.resolve<object>(token as string, contextId)),
      );
    } finally {
      void live.end();
    }
  }

  #contextIdOf(moduleRef: ModuleRef, request: object) {
    const [one, again] = [
      ContextIdFactory.getByRequest(request),
      ContextIdFactory.getByRequest(request),
    ];
    // Nest has one for this request.
    if (one === again) return one;
    const known = this.#contextIds.of(request);
    if (known !== undefined) return known;
    this.#contextIds.set(request, one);
    moduleRef.registerRequestByContextId(request, one);
    return one;
  }
}

function notAdopted(fault: string): CarillonError {
  return new CarillonError(
    'CAR2023',
    `${fault}. It hears nothing: give the event a name of segments joined by dots, or a class with @On.`,
  );
}
