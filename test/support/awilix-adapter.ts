/** awilix and its adapter, in the words of the suite. */
import {
  type AwilixContainer,
  aliasTo,
  asFunction,
  asValue,
  asClass as awilixClass,
  createContainer,
  type Resolver,
} from 'awilix';
import {
  addEvents,
  asClass,
  type EventsCradle,
  openScope,
  type ScopedContainer,
  scopeOf,
  start,
  stop,
} from 'carillon/awilix';
import type {
  BindingWay,
  ClassBinding,
  ContainerCapabilities,
  ContainerUnderTest,
  ServiceClass,
  TestedBinding,
  TestedContainer,
} from 'carillon/compliance';
import { collector } from './collector.js';

/** What it cannot. */
export const AWILIX: ContainerCapabilities = {
  async: false,
  request: false,
  activation: false,
  unbind: false,
  failedRemoval: false,
  rebind: false,
  empty: false,
  captives: false,
  named: false,
  tagged: false,
  startOptions: false,
};

type Container = AwilixContainer<object>;

/** The adapter for one case. */
export function awilixAdapter(): ContainerUnderTest {
  return {
    root: (options) => tested(addEvents(createContainer(), options)),
    late: () => {
      const container = createContainer();
      return { ...plain(container), register: (options) => tested(addEvents(container, options)) };
    },
    ways: WAYS,
    collect: collector(),
  };
}

const WAYS: readonly BindingWay[] = [
  {
    name: "awilix' own asClass",
    bind: ({ container }, service, serviceClass) => {
      const built = awilixClass(serviceClass as new () => object);
      (container as Container).register(service, built.singleton());
    },
  },
  {
    name: 'build',
    bind: ({ container }, service, serviceClass) => {
      const awilix = container as Container;
      const instance = awilix.build(serviceClass as new () => object);
      // Built above once more, and not heard by the second.
      awilix.register(service, asValue(instance));
    },
  },
  {
    name: 'a resolver by hand',
    bind: ({ container }, service, serviceClass) =>
      void (container as Container).register(service, { resolve: () => new serviceClass() }),
  },
];

function plain(container: Container): Pick<TestedContainer, 'bind' | 'get'> {
  return {
    bind: (service, binding) => void container.register(service, resolverOf(binding)),
    get: (service) => container.resolve<object>(service),
  };
}

function tested(container: Container): TestedContainer {
  return {
    container,
    get scope() {
      return scopeOf(container);
    },
    ...plain(container),
    facade: () => {
      const { scope, emitter, bus, queue, events } = container.cradle as EventsCradle;
      return { scope, emitter, bus, queue, events };
    },
    child: (options) => tested(openScope(container, options)),
    plainChild: () => plain(container.createScope()),
    dispose: () => (container as ScopedContainer)[Symbol.dispose](),
    disposeAsync: () => container.dispose(),
    start: async () => {
      const { built, failed } = await start(container);
      return { built, failed: failed.map(({ name, error }) => ({ service: name, error })) };
    },
    stop: (options) => stop(container, options),
  };
}

function resolverOf(binding: TestedBinding): Resolver<unknown> {
  if ('constant' in binding) return asValue(binding.constant);
  if ('alias' in binding) return aliasTo(binding.alias);
  const lifetime = binding.lifetime === 'singleton' ? 'singleton' : 'transient';
  if ('factory' in binding) return asFunction(binding.factory)[lifetime]();
  const { deactivation } = binding;
  const resolver = asClass(builtAs(binding))[lifetime]();
  return deactivation === undefined ? resolver : resolver.disposer(deactivation);
}

const NONE: readonly string[] = [];

/** A class that takes what is injected out of the cradle. */
function builtAs({ class: service, needs = NONE }: ClassBinding): ServiceClass {
  if (needs === NONE) return service;
  const built = class extends service {
    constructor(cradle: Record<string, never>) {
      super(...needs.map((need) => cradle[need] as never));
    }
  };
  Object.defineProperty(built, 'name', { value: service.name });
  return built;
}
