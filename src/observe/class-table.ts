/** The classes of an application: those that its containers bind, and those of the instances that its scopes hold. */
import { isActivated } from '../../decorators/listener.js';
import type { Application } from '../application/application.js';
import type { BoundService } from '../application/bound-service.js';
import type { Scope } from '../scope/scope.js';
import { freeId } from './event-table.js';
import type { TopologyScope, TopologyService } from './topology.js';

/** Any class. */
export type AnyClass = abstract new (...args: never[]) => unknown;

/** One class, by the first service that builds it. */
export interface ListedClass {
  readonly serviceClass: AnyClass;
  readonly service: string;
  /** The scope that owns the instances, where it is one. */
  readonly scope: string | undefined;
}

/** Lists services and classes, each once. */
export class ClassTable {
  readonly #application: Application;
  readonly #ids = new Map<BoundService, string>();
  readonly #services = new Map<string, TopologyService>();
  /** By class, then by the rest. */
  readonly #known = new Map<AnyClass | undefined, Map<string, string>>();
  readonly #classes = new Map<AnyClass, ListedClass>();

  constructor(application: Application) {
    this.#application = application;
    for (const service of application.listServices()) this.#addBound(service);
    for (const service of this.#ids.keys()) this.#fillNeeds(service);
    for (const handler of application.handlers()) {
      const { handlerClass } = handler.plan;
      if (typeof handlerClass === 'function')
        this.#addAttached(handlerClass as AnyClass, scopeId(handler.owner.path));
    }
  }

  /** Every class once. */
  classes(): Iterable<ListedClass> {
    return this.#classes.values();
  }

  /** The class of that name, if there is one alone. */
  byName(name: string): ListedClass | undefined {
    const named = [...this.#classes.values()].filter(
      ({ serviceClass }) => serviceClass.name === name,
    );
    return named.length === 1 ? named[0] : undefined;
  }

  services(): TopologyService[] {
    return [...this.#services.values()];
  }

  /** The scopes that have not ended; at least the one at the top. */
  scopes(): TopologyScope[] {
    const { scope: top } = this.#application;
    const found = new Map<string, TopologyScope>();
    for (const scope of new Set<Scope>([top, ...top.tree()])) {
      const id = scopeId(scope.path);
      const { name, parent } = scope;
      found.set(id, {
        id,
        name,
        ...(parent !== undefined && { parent: scopeId(parent.path) }),
        count: (found.get(id)?.count ?? 0) + 1,
      });
    }
    return [...found.values()];
  }

  /** Containers of one kind bind the same again and again: one for each request. */
  #addBound(bound: BoundService): void {
    const { name, builds, lifetime, scope } = bound;
    const key = `${name}\0${lifetime}\0${scope.path}`;
    const alike = this.#known.get(builds) ?? new Map<string, string>();
    this.#known.set(builds, alike);
    const known = alike.get(key);
    if (known !== undefined) {
      this.#ids.set(bound, known);
      return;
    }
    const id = freeId(this.#services, `service:${name}`);
    const owner = scopeId(scope.path);
    this.#ids.set(bound, id);
    alike.set(key, id);
    this.#services.set(id, {
      id,
      name,
      ...(builds !== undefined && { className: builds.name }),
      lifetime,
      scope: owner,
      ...(isActivated(builds) && { perEvent: true as const }),
      needs: [],
    });
    const isOwned = lifetime === 'singleton' || lifetime === 'constant';
    this.#addClass(builds, id, isOwned ? owner : undefined);
  }

  #fillNeeds(bound: BoundService): void {
    const service = this.#services.get(this.#ids.get(bound) as string) as TopologyService;
    const needs = bound.needs.map(({ name, service: needed }) => {
      const id = this.#ids.get(needed() as BoundService);
      return { name, ...(id !== undefined && { service: id }) };
    });
    this.#services.set(service.id, { ...service, needs });
  }

  /** Without a container, or built by a function of it. */
  #addAttached(serviceClass: AnyClass, scope: string): void {
    if (this.#classes.has(serviceClass)) return;
    const { name } = serviceClass;
    const id = freeId(this.#services, `service:${name}`);
    const perEvent = isActivated(serviceClass) && { perEvent: true as const };
    this.#services.set(id, {
      id,
      name,
      className: name,
      lifetime: 'attached',
      scope,
      ...perEvent,
      needs: [],
    });
    this.#addClass(serviceClass, id, scope);
  }

  #addClass(serviceClass: AnyClass | undefined, service: string, scope: string | undefined): void {
    if (serviceClass === undefined || this.#classes.has(serviceClass)) return;
    this.#classes.set(serviceClass, { serviceClass, service, scope });
  }
}

/** The id of the scopes of a path. */
export function scopeId(path: string): string {
  return `scope:${path}`;
}
