/** tsyringe and its adapter, in the words of the suite. */
import { EventBus, EventQueue, Events, Scope, ScopedEmitter } from 'carillon';
import type {
  BindingWay,
  ClassBinding,
  ContainerCapabilities,
  ContainerUnderTest,
  ServiceClass,
  TestedBinding,
  TestedContainer,
} from 'carillon/compliance';
import {
  addEvents,
  openScope,
  type ScopedContainer,
  scopeOf,
  start,
  stop,
} from 'carillon/tsyringe';
import {
  type DependencyContainer,
  container as global,
  inject,
  injectable,
  Lifecycle,
} from 'tsyringe';
import { collector } from './collector.js';

/** What it cannot. */
export const TSYRINGE: ContainerCapabilities = {
  async: false,
  activation: false,
  unbind: false,
  failedRemoval: false,
  rebind: false,
  empty: false,
  reuse: false,
  captives: false,
  named: false,
  tagged: false,
  startOptions: false,
};

const LIFECYCLES = {
  singleton: Lifecycle.Singleton,
  transient: Lifecycle.Transient,
  request: Lifecycle.ResolutionScoped,
} as const;

/** The adapter for one case. Its roots are children of the global container, which has no events. */
export function tsyringeAdapter(): ContainerUnderTest {
  return {
    root: (options) => tested(addEvents(global.createChildContainer(), options)),
    late: () => {
      const container = global.createChildContainer();
      return { ...plain(container), register: (options) => tested(addEvents(container, options)) };
    },
    ways: WAYS,
    collect: collector(),
  };
}

const WAYS: readonly BindingWay[] = [
  {
    name: 'a token that stands for its own class, which is not registered',
    bind: ({ container }, service, serviceClass) => {
      injectable()(serviceClass);
      (container as DependencyContainer).register(service, {
        useToken: serviceClass as new () => object,
      });
    },
  },
  {
    name: 'registerSingleton',
    bind: ({ container }, service, serviceClass) => {
      injectable()(serviceClass);
      (container as DependencyContainer).registerSingleton(
        service,
        serviceClass as new () => object,
      );
    },
  },
];

function plain(container: DependencyContainer): Pick<TestedContainer, 'bind' | 'get'> {
  return {
    bind: (service, binding) => bind(container, service, binding),
    get: (service) => container.resolve<object>(service),
  };
}

function tested(container: DependencyContainer): TestedContainer {
  return {
    container,
    get scope() {
      return scopeOf(container);
    },
    ...plain(container),
    facade: () => ({
      scope: container.resolve(Scope as never),
      emitter: container.resolve(ScopedEmitter as never),
      bus: container.resolve(EventBus as never),
      queue: container.resolve(EventQueue as never),
      events: container.resolve(Events),
    }),
    child: (options) => tested(openScope(container, options)),
    plainChild: () => plain(container.createChildContainer()),
    dispose: () => (container as ScopedContainer)[Symbol.dispose](),
    disposeAsync: () => Promise.resolve(container.dispose()),
    start: async () => {
      const { built, failed } = await start(container);
      return { built, failed: failed.map(({ name, error }) => ({ service: name, error })) };
    },
    stop: (options) => stop(container, options),
  };
}

function bind(container: DependencyContainer, service: string, binding: TestedBinding): void {
  if ('constant' in binding) container.registerInstance(service, binding.constant);
  else if ('alias' in binding) container.register(service, { useToken: binding.alias });
  else if ('factory' in binding) container.register(service, { useFactory: cached(binding) });
  else
    container.register(
      service,
      { useClass: builtAs(binding) as never },
      { lifecycle: LIFECYCLES[binding.lifetime] },
    );
}

/** A function has no lifecycle of its own there. */
function cached({ factory, lifetime }: Extract<TestedBinding, { factory: unknown }>) {
  if (lifetime === 'transient') return factory;
  let instance: unknown;
  return () => {
    instance ??= factory();
    return instance;
  };
}

/** A class with what is injected, and with a `dispose()` where the case asks for a deactivation. */
function builtAs({ class: service, needs = [], deactivation }: ClassBinding): ServiceClass {
  const built = deactivation === undefined ? service : disposable(service, deactivation);
  needs.map((need, index) => inject(need)(built, undefined, index));
  injectable()(built);
  return built;
}

function disposable(
  service: ServiceClass,
  deactivation: NonNullable<ClassBinding['deactivation']>,
): ServiceClass {
  const built = class extends service {
    dispose(): void | Promise<void> {
      return deactivation(this);
    }
  };
  Object.defineProperty(built, 'name', { value: service.name });
  return built;
}
