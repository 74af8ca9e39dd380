/** When Carillon starts and ends within the life of a Nest application. */
import type {
  OnApplicationBootstrap,
  OnApplicationShutdown,
  OnModuleDestroy,
  OnModuleInit,
} from '@nestjs/common';
import type { LazyModuleLoader } from '@nestjs/core';
import type { Carillon } from './carillon.js';
import type { NestWiring } from './wiring.js';

/** Initialized before all other modules, and shut down after them. */
export class Lifecycle implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  readonly #carillon: Carillon;
  readonly #wiring: () => NestWiring;
  readonly #lazy: LazyModuleLoader;

  constructor(carillon: Carillon, lazy: LazyModuleLoader, wiring: () => NestWiring) {
    this.#carillon = carillon;
    this.#lazy = lazy;
    this.#wiring = wiring;
  }

  /** Everything is built, and nobody's `onModuleInit` has run. */
  onModuleInit(): void {
    const wiring = this.#wiring();
    wiring.scan();
    const lazy = this.#lazy;
    const load = lazy.load.bind(lazy);
    lazy.load = async (...args) => {
      const moduleRef = await load(...args);
      if (this.#carillon.scope.state === 'open') wiring.scan();
      return moduleRef;
    };
  }

  /** Everybody's `onModuleInit` has run: messages may come. */
  onApplicationBootstrap(): Promise<void> {
    return this.#carillon.start();
  }

  /** Servers are closed, and nobody sends any more. */
  async onApplicationShutdown(): Promise<void> {
    await this.#carillon.application.stop();
  }
}

/** Destroyed before all other modules. */
export class Intake implements OnModuleDestroy {
  readonly #carillon: Carillon;

  constructor(carillon: Carillon) {
    this.#carillon = carillon;
  }

  /** Takes no more work from engines and timers; requests under way may still send. */
  async onModuleDestroy(): Promise<void> {
    await this.#carillon.application.quiesce();
  }
}
