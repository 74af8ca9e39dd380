/**
 * Instances that Nest builds for a request. Nest tells nobody of them, but it injects: so it is made to inject the scope of the request last, into a
 * setter that wires the instance. That is after the constructor and after all other properties, in the right context. What Nest holds is changed for
 * this application alone; a class gets nothing but the setter.
 */
import { Inject, Optional } from '@nestjs/common';
import type { ServiceClass, Wrapper } from './nest-internals.js';
import type { RequestScope } from './request-scope.js';

/** The token of the scope of a request. */
export const CONTEXT_SCOPE = Symbol.for('carillon.nestjs.contextScope');

/** The token of the scope of a tenant. */
export const TENANT_SCOPE = Symbol.for('carillon.nestjs.tenantScope');

/** The property into which the scope is injected. */
const WIRED_IN = Symbol.for('carillon.nestjs.wiredIn');

/** Nest's own: which properties of a class are injected. */
const PROPERTIES = 'self:properties_metadata';

/** The providers of the scopes, as Nest holds them. */
export class ScopeProviders {
  readonly #context: Wrapper;
  readonly #tenant: Wrapper;

  constructor(context: Wrapper, tenant: Wrapper) {
    this.#context = context;
    this.#tenant = tenant;
  }

  includes(wrapper: Wrapper): boolean {
    return wrapper === this.#context || wrapper === this.#tenant;
  }

  /** Whose scope an instance belongs to. A durable one must not need what is not durable, or it were built for each request. */
  of(wrapper: Wrapper): { readonly token: symbol; readonly provider: Wrapper } {
    return wrapper.isDependencyTreeDurable()
      ? { token: TENANT_SCOPE, provider: this.#tenant }
      : { token: CONTEXT_SCOPE, provider: this.#context };
  }
}

/** Has the instances of a class wired when they are built. */
export function hookClass(wrapper: Wrapper, service: ServiceClass, scopes: ScopeProviders): void {
  const { token, provider } = scopes.of(wrapper);
  const prototype = service.prototype as object;
  if (!(WIRED_IN in prototype))
    Object.defineProperty(prototype, WIRED_IN, {
      configurable: true,
      set(this: object, scope: RequestScope | undefined) {
        scope?.wire(this);
      },
    });
  const isKnown = knowsProperties(wrapper, service);
  // Where Nest does not know all the properties of the class yet, it reads them there once more, and has to find this one.
  if (!isKnown && !injected(service).some(({ key }) => key === WIRED_IN)) {
    Inject(token)(prototype, WIRED_IN);
    Optional()(prototype, WIRED_IN);
  }
  // Nest 11 reads nothing of the class once it knows of any.
  if (isKnown || wrapper.getPropertiesMetadata() !== undefined)
    wrapper.addPropertiesMetadata(WIRED_IN, provider);
}

type Factory = (...needs: unknown[]) => unknown;

/** Has what a factory gives wired: it gets the scope behind its own arguments. */
export function hookFactory(wrapper: Wrapper, scopes: ScopeProviders): void {
  const inject = wrapper.inject ?? [];
  const factory = wrapper.metatype as Factory;
  const { token, provider } = scopes.of(wrapper);
  wrapper.metatype = async (...needs: unknown[]) => {
    const scope = needs.pop() as RequestScope;
    const instance = await factory(...needs);
    if (typeof instance === 'object' && instance !== null) scope.wire(instance);
    return instance;
  };
  wrapper.inject = [...inject, token];
  wrapper.addCtorMetadata(inject.length, provider);
}

/** Looks at what a factory gives, of which nothing is known before. */
export function watchFactory(wrapper: Wrapper, given: (instance: object) => void): void {
  const factory = wrapper.metatype as Factory;
  wrapper.metatype = async (...needs: unknown[]) => {
    const instance = await factory(...needs);
    if (typeof instance === 'object' && instance !== null) given(instance);
    return instance;
  };
}

interface InjectedProperty {
  readonly key: unknown;
}

function injected(service: object): readonly InjectedProperty[] {
  return (Reflect.getMetadata(PROPERTIES, service) as InjectedProperty[] | undefined) ?? [];
}

function knowsProperties(wrapper: Wrapper, service: object): boolean {
  const known = wrapper.getPropertiesMetadata() ?? [];
  return injected(service).every(({ key }) => known.some((property) => property.key === key));
}
