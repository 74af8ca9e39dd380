/** Finds what Nest has built and will build, and has it wired. */
import { type ModulesContainer, REQUEST } from '@nestjs/core';
import type { AdapterApplication } from '../../application/adapter-application.js';
import { factoryGap, reportGaps } from './gaps.js';
import { classOf, type Wrapper, wrappersOf } from './nest-internals.js';
import { RequestScope } from './request-scope.js';
import { hookClass, hookFactory, type ScopeProviders, watchFactory } from './request-trees.js';

/** How the instances of one kind of declaration are wired: Carillon's own, and those that are adopted. */
export interface Wiring {
  /** Whether the instances of the class have handlers. */
  hears(prototype: object): boolean;
  /** Whether the class has handlers, and is built for each event. */
  isPerEvent(prototype: object | undefined): boolean;
  /** Wires an instance that lives as long as the application. */
  attach(instance: object): void;
  /** Wires a class that is built for each event. */
  attachClass(wrapper: Wrapper): void;
  /** Wires the adopted listeners of a class that is built for each request. */
  adoptClass(prototype: object, wrapper: Wrapper): void;
}

/** Everything of one application; what it has seen it passes over. */
export class NestWiring {
  readonly #application: AdapterApplication;
  readonly #modules: ModulesContainer;
  readonly #wiring: Wiring;
  readonly #scopes: ScopeProviders;
  /** Of factories that nothing listens behind. */
  readonly #ownTokens: ReadonlySet<unknown> = new Set([REQUEST, RequestScope]);
  readonly #seen = new Set<Wrapper>();

  constructor(
    application: AdapterApplication,
    modules: ModulesContainer,
    wiring: Wiring,
    scopes: ScopeProviders,
  ) {
    this.#application = application;
    this.#modules = modules;
    this.#wiring = wiring;
    this.#scopes = scopes;
  }

  /** Wires what has been built since, and prepares what is built for each request. */
  scan(): void {
    const fresh: Wrapper[] = [];
    for (const wrapper of wrappersOf(this.#modules)) {
      if (this.#seen.has(wrapper) || this.#scopes.includes(wrapper)) continue;
      this.#seen.add(wrapper);
      fresh.push(wrapper);
    }
    // A class is asked once: an application has them by the thousand, nearly all of singletons without handlers.
    const mayHaveGaps: Wrapper[] = [];
    for (const wrapper of fresh) {
      const isPerEvent = this.#wiring.isPerEvent(classOf(wrapper)?.prototype);
      if (!isPerEvent && wrapper.isDependencyTreeStatic()) {
        this.#attachAll(wrapper);
        continue;
      }
      if (isPerEvent) this.#wiring.attachClass(wrapper);
      else this.#wirePerContext(wrapper);
      mayHaveGaps.push(wrapper);
    }
    reportGaps(this.#application, mayHaveGaps, (service) => this.#wiring.hears(service.prototype));
  }

  #wirePerContext(wrapper: Wrapper): void {
    const service = classOf(wrapper);
    if (service === undefined) {
      this.#wireFactory(wrapper);
      return;
    }
    this.#wiring.adoptClass(service.prototype, wrapper);
    if (this.#wiring.hears(service.prototype)) hookClass(wrapper, service, this.#scopes);
  }

  /** To give each factory the scope would open one in every context, also where nothing listens. */
  #wireFactory(wrapper: Wrapper): void {
    const { token } = wrapper;
    if (!wrapper.isFactory || this.#ownTokens.has(token)) return;
    if (typeof token === 'function' && this.#wiring.hears(token.prototype))
      hookFactory(wrapper, this.#scopes);
    else watchFactory(wrapper, (instance) => this.#refuse(wrapper, instance));
  }

  #refuse(wrapper: Wrapper, instance: object): void {
    if (!this.#wiring.hears(Object.getPrototypeOf(instance))) return;
    const { constructor: service } = instance;
    if (this.#application.isNewReport('CAR2020', service))
      this.#application.scope.runtime.report(factoryGap(service.name, wrapper.name));
  }

  #attachAll(wrapper: Wrapper): void {
    const instances = wrapper.isTransient
      ? wrapper.getStaticTransientInstances().map((held) => held?.instance)
      : [wrapper.instance];
    for (const instance of instances) if (isObject(instance)) this.#wiring.attach(instance);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
