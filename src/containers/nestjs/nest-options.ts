/** What `CarillonModule` takes. */
import { type FactoryProvider, Logger, type ModuleMetadata } from '@nestjs/common';
import type { CarillonError } from '../../../decorators/carillon-error.js';
import {
  callback,
  flag,
  givenFault,
  kind,
  knownFault,
  needed,
  nested,
  type OptionShape,
  refuseFault,
  type Shape,
  unknownFault,
} from '../../../decorators/check-options.js';
import { APPLICATION, type ApplicationOptions } from '../../application/application.js';
import { REQUEST_SCOPES, type RequestScopesOptions } from '../../http/request-scopes.js';

/** How the application is set up: what `createApplication()` takes, and the scopes of requests. */
export interface CarillonOptions extends ApplicationOptions {
  /** How the scopes of HTTP requests are opened and ended. Default no limit, and the drain time of the application. */
  readonly requests?: RequestScopesOptions;
}

/** What Nest has to know before it builds anything. */
export interface CarillonModuleExtras {
  /** Every module can inject `Events` and the others without importing `CarillonModule`. Default `true`. */
  readonly global?: boolean;
  /**
   * Runs classes with `@OnEvent` of `@nestjs/event-emitter` and `@EventsHandler` of `@nestjs/cqrs` unchanged. Where `@nestjs/event-emitter` is
   * installed, its `EventEmitter2` and `EventEmitterReadinessWatcher` can be injected as before. Default `false`.
   */
  readonly adoptOnEvent?: boolean;
}

/** What `CarillonModule.forRoot` takes. */
export interface CarillonModuleOptions extends CarillonOptions, CarillonModuleExtras {}

/** What `CarillonModule.forRootAsync` takes. */
export interface CarillonModuleAsyncOptions
  extends CarillonModuleExtras,
    Pick<ModuleMetadata, 'imports'> {
  /** What `useFactory` needs. Default nothing. */
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: FactoryProvider<CarillonOptions | Promise<CarillonOptions>>['useFactory'];
}

const EXTRAS: OptionShape<CarillonModuleExtras> = /* @__PURE__ */ (() => ({
  global: flag(),
  adoptOnEvent: flag(),
}))();

const NEST: OptionShape<Pick<CarillonOptions, 'requests'>> = /* @__PURE__ */ (() => ({
  requests: nested(REQUEST_SCOPES),
}))();

const ASYNC: OptionShape<Omit<CarillonModuleAsyncOptions, keyof CarillonModuleExtras>> =
  /* @__PURE__ */ (() => {
    const list = kind(Array.isArray, 'a list');
    return { imports: list, inject: list, useFactory: needed(callback()) };
  })();

/** @throws CarillonError `CAR7006` */
export function checkRootOptions(options: unknown): void {
  refuse('CarillonModule.forRoot()', options, [EXTRAS, NEST, APPLICATION]);
}

/** @throws CarillonError `CAR7006` */
export function checkAsyncOptions(options: unknown): void {
  const place = 'CarillonModule.forRootAsync()';
  refuse(place, options, [EXTRAS, ASYNC]);
  refuseFault('CAR7006', place, knownFault(ASYNC, options));
}

/**
 * The options with Nest's defaults.
 *
 * @param given by `forRoot`, or by the factory of `forRootAsync`
 * @throws CarillonError `CAR7006`
 */
export function completeOptions(given: unknown): CarillonOptions {
  refuse('CarillonModule', given, [EXTRAS, NEST, APPLICATION]);
  return { beforeStart: 'keep', onError: logError, ...(given as CarillonOptions) };
}

function refuse(place: string, options: unknown, shapes: readonly Shape[]): void {
  const fault = givenFault(shapes, options) ?? unknownFault(shapes, options as object);
  refuseFault('CAR7006', place, fault);
}

function logError({ cause, message, stack }: CarillonError): void {
  const trace = cause instanceof Error ? `${stack}\nCaused by: ${cause.stack}` : stack;
  new Logger('Carillon').error(message, trace);
}
