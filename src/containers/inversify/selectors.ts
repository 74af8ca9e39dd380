/** How the program selects one of several bindings of a service: by a name or a tag. What is injected into it may depend on that. */
import type { ServiceIdentifier } from 'inversify';
import { type Binding, PLAIN, type Selector } from './inversify-internals.js';

type Method = (...args: readonly unknown[]) => unknown;

/** What the program binds by, of the container and of what a module's function is given. */
const BINDING: ReadonlySet<unknown> = new Set(['bind', 'rebind', 'rebindAsync', 'rebindSync']);
const LOADING: ReadonlySet<unknown> = new Set(['load', 'loadAsync', 'loadSync']);

/** The names and tags of one container's bindings. Their constraints are functions, which can be called but not read. */
export class Selectors {
  /** By the constraint, which the copy that a snapshot makes of a binding has as well. */
  readonly #known = new WeakMap<Binding['isSatisfiedBy'], Selector>();
  readonly #bindings: (identifier: ServiceIdentifier) => Iterable<Binding>;

  /** @param bindings those of the container for a service */
  constructor(bindings: (identifier: ServiceIdentifier) => Iterable<Binding>) {
    this.#bindings = bindings;
  }

  /** What selects the binding, as far as the program has said it since the plugin was registered. */
  of(binding: Binding): Selector {
    return this.#known.get(binding.isSatisfiedBy) ?? PLAIN;
  }

  /** A method of the container; one that binds or loads notes the names and tags from then on. */
  noting(name: string, method: Method): Method {
    if (BINDING.has(name)) return this.#notingBind(method);
    if (!LOADING.has(name)) return method;
    return (...modules) => method(...modules.map((module) => this.#notingModule(module as Module)));
  }

  #notingBind(bind: Method): Method {
    return (identifier) => {
      const step = bind(identifier);
      const follow = (given: unknown) => this.#follow(identifier as ServiceIdentifier, given);
      return step instanceof Promise ? step.then(follow) : follow(step);
    };
  }

  #notingModule(module: Module): Module {
    const load = (given: Readonly<Record<string, unknown>>) => {
      const noting = Object.entries(given).map(([name, method]) => [
        name,
        BINDING.has(name) ? this.#notingBind(method as Method) : method,
      ]);
      return module.load(Object.fromEntries(noting));
    };
    // Its id is that of the module, by which the program unloads it.
    return Object.create(module, { id: { value: module.id }, load: { value: load } });
  }

  /** One step of a binding, and the steps that it gives: `bind(…)`, `.to(…)`, `.inSingletonScope()`, `.whenNamed(…)`. */
  #follow(identifier: ServiceIdentifier, step: unknown): unknown {
    if (typeof step !== 'object' || step === null) return step;
    return new Proxy(step, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        if (name === 'getIdentifier') return () => method.call(target);
        return (...args: readonly unknown[]) => {
          const next: unknown = method.apply(target, args);
          const selector = selectorOf(name, args);
          if (selector !== undefined) this.#note(identifier, next as Step, selector);
          return this.#follow(identifier, next);
        };
      },
    });
  }

  #note(identifier: ServiceIdentifier, step: Step, selector: Selector): void {
    const { id } = step.getIdentifier();
    for (const binding of this.#bindings(identifier))
      if (binding.id === id) this.#known.set(binding.isSatisfiedBy, selector);
  }
}

interface Module {
  readonly id: number;
  load(methods: object): unknown;
}

/** What follows `bind(…).to(…)`. */
interface Step {
  getIdentifier(): { readonly id: number };
}

function selectorOf(method: string | symbol, args: readonly unknown[]): Selector | undefined {
  const [first, value] = args as readonly [string, unknown];
  if (method === 'whenNamed') return { name: first };
  return method === 'whenTagged' ? { tag: { key: first, value } } : undefined;
}
