/** The classes of `@nestjs/event-emitter` that services inject, where it is installed. */
import type { FactoryProvider, InjectionToken } from '@nestjs/common';
import { Carillon } from '../carillon.js';
import { eventEmitterFacade } from './event-emitter-facade.js';

interface EventEmitterPackage {
  readonly EventEmitter2: InjectionToken & object;
  readonly EventEmitterReadinessWatcher?: InjectionToken;
}

/** Empty where the package is not installed: then nobody can inject its classes. */
export async function adoptedProviders(): Promise<readonly FactoryProvider[]> {
  const loaded = await eventEmitterPackage();
  if (loaded === undefined) return [];
  const { EventEmitter2, EventEmitterReadinessWatcher } = loaded;
  const facade: FactoryProvider = {
    provide: EventEmitter2,
    inject: [Carillon],
    useFactory: (carillon: Carillon) => eventEmitterFacade(carillon, EventEmitter2),
  };
  if (EventEmitterReadinessWatcher === undefined) return [facade];
  const watcher: FactoryProvider = {
    provide: EventEmitterReadinessWatcher,
    inject: [Carillon],
    useFactory: (carillon: Carillon) => ({ waitUntilReady: () => carillon.ready }),
  };
  return [facade, watcher];
}

async function eventEmitterPackage(): Promise<EventEmitterPackage | undefined> {
  try {
    return (await import('@nestjs/event-emitter')) as unknown as EventEmitterPackage;
  } catch (error) {
    const { code = '' } = error as { readonly code?: string };
    if (code.endsWith('MODULE_NOT_FOUND')) return undefined;
    throw error;
  }
}
