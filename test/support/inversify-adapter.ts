/** InversifyJS and its adapter, in the words of the suite. */
import { EventBus, EventQueue, Events, Scope, ScopedEmitter } from 'carillon';
import type {
  BindingWay,
  ContainerUnderTest,
  RootOptions,
  ServiceClass,
  TestedBinding,
  TestedContainer,
} from 'carillon/compliance';
import { events, openScope, scopeOf, start, stop } from 'carillon/inversify';
import { Container, ContainerModule, inject, injectable } from 'inversify';
import { collector } from './collector.js';

const LIFETIMES = {
  singleton: 'inSingletonScope',
  transient: 'inTransientScope',
  request: 'inRequestScope',
} as const;

/** The adapter for one case. */
export function inversifyAdapter(): ContainerUnderTest {
  return {
    root: (options) => registered(new Container(), options),
    late: () => {
      const container = new Container();
      return { ...plain(container), register: (options) => registered(container, options) };
    },
    ways: WAYS,
    collect: collector(),
  };
}

const WAYS: readonly BindingWay[] = [
  {
    name: 'a module',
    bind: ({ container }, service, serviceClass) => moduleOf(container, service, serviceClass),
    remove: async ({ container }) =>
      (container as Container).unload(modules.get(container) as ContainerModule),
  },
  {
    name: 'its own class, found by autobinding',
    bind: ({ container }, service, serviceClass) => {
      (container as Container)
        .bind(service)
        .toDynamicValue(({ get }) => get<object>(serviceClass as never, { autobind: true }));
    },
  },
  {
    name: 'toResolvedValue',
    bind: ({ container }, service, serviceClass) =>
      void (container as Container)
        .bind(service)
        .toResolvedValue(() => new serviceClass())
        .inSingletonScope(),
  },
  {
    name: 'what was bound after a snapshot',
    bind: ({ container }, service, serviceClass) => {
      (container as Container).snapshot();
      (container as Container).bind(service).to(serviceClass).inSingletonScope();
    },
    remove: ({ container }) => (container as Container).restore(),
  },
];

const modules = new WeakMap<object, ContainerModule>();

function moduleOf(container: object, service: string, serviceClass: ServiceClass): void {
  const module = new ContainerModule(
    ({ bind }) => void bind(service).to(serviceClass).inSingletonScope(),
  );
  modules.set(container, module);
  (container as Container).load(module);
}

function registered(container: Container, options: RootOptions): TestedContainer {
  container.register(events(options));
  return tested(container);
}

function plain(container: Container): Pick<TestedContainer, 'bind' | 'get'> {
  return {
    bind: (service, binding) => bind(container, service, binding),
    get: (service) => container.get<object>(service),
  };
}

function tested(container: Container): TestedContainer {
  const disposable = container as unknown as Disposable & AsyncDisposable;
  return {
    container,
    get scope() {
      return scopeOf(container);
    },
    ...plain(container),
    getAsync: (service) => container.getAsync<object>(service),
    facade: () => ({
      scope: container.get(Scope),
      emitter: container.get(ScopedEmitter),
      bus: container.get(EventBus),
      queue: container.get(EventQueue),
      events: container.get(Events),
    }),
    child: (options) => tested(openScope(container, options)),
    plainChild: () => plain(new Container({ parent: container })),
    unbind: (service) => unbind(container, service),
    rebind: async (service, binding) => {
      await unbind(container, service);
      bind(container, service, binding);
    },
    empty: () => (container.unbindAllAsync ?? container.unbindAll).call(container),
    dispose: () => disposable[Symbol.dispose](),
    disposeAsync: () => Promise.resolve(disposable[Symbol.asyncDispose]()),
    start: async (options) => {
      const { built, failed, skipped } = await start(container, options);
      return {
        built: built.map(String),
        failed: failed.map(({ identifier, error }) => ({ service: String(identifier), error })),
        skipped: skipped.map(({ identifier, reason }) => ({ service: String(identifier), reason })),
      };
    },
    stop: (options) => stop(container, options),
  };
}

function bind(container: Container, service: string, binding: TestedBinding): void {
  const to = container.bind<object>(service);
  if ('constant' in binding) return void to.toConstantValue(binding.constant);
  if ('alias' in binding) return void to.toService(binding.alias);
  if ('factory' in binding)
    return void to.toDynamicValue(binding.factory)[LIFETIMES[binding.lifetime]]();
  const { class: serviceClass, name, needs, lifetime, tag, activation, deactivation } = binding;
  if (needs !== undefined) injected(serviceClass, needs);
  const on = to.to(serviceClass as new () => object)[LIFETIMES[lifetime]]();
  if (activation !== undefined) on.onActivation((_, instance) => activation(instance));
  if (deactivation !== undefined) on.onDeactivation(deactivation);
  if (name !== undefined) on.whenNamed(name);
  if (tag !== undefined) on.whenTagged(tag.key, tag.value);
}

/** Before version 8 it was `unbind` that waited. */
async function unbind(container: Container, service: string): Promise<void> {
  await (container.unbindAsync ?? container.unbind).call(container, service);
}

/** What the class says by decorators, where it is a class of the program's own. */
function injected(serviceClass: ServiceClass, needs: readonly string[]): void {
  if (declared.has(serviceClass)) return;
  declared.add(serviceClass);
  needs.map((need, index) => inject(need)(serviceClass, undefined, index));
  injectable()(serviceClass);
}

const declared = new WeakSet<object>();
