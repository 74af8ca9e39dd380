/** Carillon as a module of NestJS. */
import {
  type DynamicModule,
  type FactoryProvider,
  type MiddlewareConsumer,
  Module,
  type ModuleMetadata,
  type NestModule,
  type Provider,
  Scope,
} from '@nestjs/common';
import { APP_INTERCEPTOR, LazyModuleLoader, ModulesContainer, REQUEST } from '@nestjs/core';
import { CarillonError } from '../../../decorators/carillon-error.js';
import { Events } from '../../application/events.js';
import { EventBus } from '../../bus/event-bus.js';
import { ScopedEmitter } from '../../dispatch/emitter.js';
import { EventQueue } from '../../queue/event-queue.js';
import { AdoptedListeners } from './adopted/adopted-listeners.js';
import { boundServices } from './bound-services.js';
import { Carillon } from './carillon.js';
import { wiringOf } from './handler-wiring.js';
import { ScopeInterceptor } from './interceptor.js';
import { Intake, Lifecycle } from './lifecycle.js';
import { modulesOf, type Wrapper } from './nest-internals.js';
import {
  type CarillonModuleAsyncOptions,
  type CarillonModuleExtras,
  type CarillonModuleOptions,
  checkAsyncOptions,
  checkRootOptions,
} from './nest-options.js';
import { RequestScope } from './request-scope.js';
import { CONTEXT_SCOPE, ScopeProviders, TENANT_SCOPE } from './request-trees.js';
import { NestWiring } from './wiring.js';

/** What makes it load `@nestjs/event-emitter`: Nest awaits such a module. */
interface Adopting {
  readonly adoptOnEvent: true;
}

/** The token of the options. */
const OPTIONS = Symbol('carillon options');
/** The token of what runs at the application's hooks. */
const LIFECYCLE = Symbol('carillon lifecycle');
/** The token of whether listeners of other packages are adopted. */
const ADOPTING = Symbol('carillon adopting');

/**
 * Wires the handlers of everything that Nest builds: `@On`, `@Once`, `@Subscribe`, `@Deferred`, `@Every`.
 *
 * @example
 * @Module({ imports: [CarillonModule.forRoot({ drain: '10s' })] })
 * export class AppModule {}
 */
// biome-ignore lint/complexity/noStaticOnlyClass: a module of Nest is a class
export class CarillonModule {
  /**
   * @throws CarillonError `CAR7006` for options that are wrong
   * @example
   * CarillonModule.forRoot({ bus: redisBus() })
   */
  static forRoot(options: CarillonModuleOptions & Adopting): Promise<DynamicModule>;
  static forRoot(options?: CarillonModuleOptions): DynamicModule;
  static forRoot(options: CarillonModuleOptions = {}): DynamicModule | Promise<DynamicModule> {
    checkRootOptions(options);
    return rootModule(options, { provide: OPTIONS, useValue: options }, []);
  }

  /**
   * The same, with options that a factory makes of other providers.
   *
   * @throws CarillonError `CAR7006` for options that are wrong
   * @example
   * CarillonModule.forRootAsync({
   *   inject: [Config],
   *   useFactory: (config: Config) => ({ bus: redisBus({ url: config.redis }) }),
   * })
   */
  static forRootAsync(options: CarillonModuleAsyncOptions & Adopting): Promise<DynamicModule>;
  static forRootAsync(options: CarillonModuleAsyncOptions): DynamicModule;
  static forRootAsync(options: CarillonModuleAsyncOptions): DynamicModule | Promise<DynamicModule> {
    checkAsyncOptions(options);
    const { imports = [], inject = [], useFactory } = options;
    const provider: FactoryProvider = { provide: OPTIONS, inject, useFactory };
    return rootModule(options, provider, imports);
  }
}

/** Has what every module needs, and is always global: what Nest builds anywhere has to find its scope. */
class CarillonCore implements NestModule {
  readonly #carillon: Carillon;

  constructor(carillon: Carillon) {
    this.#carillon = carillon;
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(this.#carillon.contexts.middleware).forRoutes('{*all}');
  }
}

class CarillonIntake {}

function rootModule(
  extras: CarillonModuleExtras,
  options: Provider,
  imports: NonNullable<ModuleMetadata['imports']>,
): DynamicModule | Promise<DynamicModule> {
  const isAdopting: Provider = { provide: ADOPTING, useValue: extras.adoptOnEvent === true };
  const root = rootOf(extras, [options, isAdopting], imports);
  return extras.adoptOnEvent === true ? withAdopted(root) : root;
}

async function withAdopted(root: DynamicModule): Promise<DynamicModule> {
  const { adoptedProviders } = await import('./adopted/adopted-providers.js');
  const adopted = await adoptedProviders();
  const providers = [...(root.providers ?? []), ...adopted];
  const exported = [...(root.exports ?? []), ...adopted.map(({ provide }) => provide)];
  return { ...root, providers, exports: exported };
}

function rootOf(
  { global = true }: CarillonModuleExtras,
  options: readonly Provider[],
  imports: NonNullable<ModuleMetadata['imports']>,
): DynamicModule {
  // Not at the top of the file: a bundler leaves out calls whose result is not used.
  for (const module of [CarillonModule, CarillonCore, CarillonIntake]) Module({})(module);
  Reflect.defineMetadata('design:paramtypes', [Carillon], CarillonCore);
  const core: DynamicModule = {
    module: CarillonCore,
    global: true,
    imports,
    providers: [...options, ...CORE_PROVIDERS],
    exports: [Carillon, CONTEXT_SCOPE, TENANT_SCOPE],
  };
  const intake: DynamicModule = {
    module: CarillonIntake,
    imports: [core],
    providers: [
      {
        provide: Intake,
        inject: [Carillon, ModulesContainer],
        useFactory: (carillon: Carillon, modules: ModulesContainer) => {
          for (const module of modulesOf(modules, CarillonIntake)) module.distance = -1;
          return new Intake(carillon);
        },
      },
    ],
  };
  return {
    module: CarillonModule,
    global,
    imports: [core, intake],
    providers: [...INJECTABLES],
    exports: INJECTABLES.map(({ provide }) => provide),
  };
}

/** What services inject. */
const INJECTABLES: readonly FactoryProvider[] = /* @__PURE__ */ (() => [
  { provide: Events, inject: [Carillon], useFactory: ({ events }: Carillon) => events },
  {
    provide: EventBus,
    inject: [Carillon],
    useFactory: ({ application }: Carillon) => application.bus,
  },
  {
    provide: EventQueue,
    inject: [Carillon],
    useFactory: ({ application }: Carillon) => application.queue,
  },
  {
    provide: ScopedEmitter,
    inject: [Carillon],
    useFactory: ({ scope }: Carillon) => scope.emitter,
  },
  {
    provide: RequestScope,
    scope: Scope.REQUEST,
    inject: [CONTEXT_SCOPE],
    useFactory: (scope: RequestScope) => scope,
  },
])();

const CORE_PROVIDERS: readonly FactoryProvider[] = /* @__PURE__ */ (() => [
  {
    provide: Carillon,
    inject: [OPTIONS],
    useFactory: (options: CarillonModuleOptions) => new Carillon(options),
  },
  {
    provide: CONTEXT_SCOPE,
    scope: Scope.REQUEST,
    inject: [Carillon, REQUEST],
    useFactory: ({ contexts }: Carillon, request: unknown) => contexts.scopeOf(request),
  },
  {
    provide: TENANT_SCOPE,
    scope: Scope.REQUEST,
    durable: true,
    inject: [Carillon],
    useFactory: ({ contexts }: Carillon) => contexts.tenant(),
  },
  {
    provide: APP_INTERCEPTOR,
    inject: [Carillon],
    useFactory: ({ contexts }: Carillon) => new ScopeInterceptor(contexts),
  },
  {
    provide: LIFECYCLE,
    inject: [Carillon, ModulesContainer, LazyModuleLoader, ADOPTING],
    useFactory: lifecycleOf,
  },
])();

function lifecycleOf(
  carillon: Carillon,
  modules: ModulesContainer,
  lazy: LazyModuleLoader,
  isAdopting: boolean,
): Lifecycle {
  const [core, ...others] = modulesOf(modules, CarillonCore);
  if (core === undefined || others.length > 0)
    throw secondModule('CarillonModule is imported more than once in');
  if (isAdopting && [...modules.values()].some(({ name }) => name === 'EventEmitterModule'))
    throw secondModule('EventEmitterModule is imported beside adoptOnEvent in');
  // Before all global modules, and in the end after them.
  core.distance = Number.POSITIVE_INFINITY;
  carillon.application.listServices = () =>
    boundServices(modules, carillon.scope, new Set([CarillonModule, CarillonCore, CarillonIntake]));
  return new Lifecycle(carillon, lazy, () => {
    const { application, contexts } = carillon;
    const providers = new ScopeProviders(
      core.getProviderByKey(CONTEXT_SCOPE) as Wrapper,
      core.getProviderByKey(TENANT_SCOPE) as Wrapper,
    );
    const adopted = isAdopting ? new AdoptedListeners(application, contexts) : undefined;
    return new NestWiring(
      application,
      modules,
      wiringOf(application, contexts, adopted),
      providers,
    );
  });
}

function secondModule(fault: string): CarillonError {
  return new CarillonError(
    'CAR2022',
    `${fault} one application: its handlers would hear everything twice. Call CarillonModule.forRoot() in the root module alone, and import nothing elsewhere.`,
  );
}
