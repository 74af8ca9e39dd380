/** Emits, asynchronous handlers, a start and an end, in every order in which their turns can come. */
import { describe, expect, it } from '@jest/globals';
import { EventBus, On, ScopedEmitter, Subscribe } from 'carillon';
import { audit, openScope, scopeOf, start } from 'carillon/inversify';
import type { Container } from 'inversify';
import { build, rootContainer } from '../support/container.js';
import { fc } from '../support/properties.js';

const STEPS = [
  'emit',
  'emitAsync',
  'publish',
  'start',
  'openAndEmit',
  'disposeChild',
  'dispose',
] as const;

type Step = (typeof STEPS)[number];

/** One application whose handlers and whose building wait for the schedule. */
class World {
  readonly container: Container;
  readonly errors: readonly { readonly code: string }[];
  /** Handlers that began after the end of their scope. */
  tooLate = 0;
  running = 0;
  /** What ran still when the end said that nothing does. */
  left: number[] = [];
  readonly #scheduler: fc.Scheduler;
  readonly #children: Container[] = [];
  readonly #ended = new Set<Container>();

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
    const { container, errors } = rootContainer({ beforeStart: 'deliver' });
    this.container = container;
    this.errors = errors;
    const Early = this.#listener(container);
    const Late = this.#listener(container);
    build(container, Early);
    container
      .bind(Late)
      .toDynamicValue(async () => {
        await this.#turn('built');
        return new Late();
      })
      .inSingletonScope();
  }

  async act(step: Step): Promise<unknown> {
    await this.#turn(step);
    if (this.#ended.has(this.container)) return undefined;
    switch (step) {
      case 'emit':
        return this.container.get(ScopedEmitter).emit('rang', undefined as never);
      case 'emitAsync':
        return this.container
          .get(ScopedEmitter)
          .emitAsync('rang', undefined as never, { errors: 'report' });
      case 'publish':
        return this.container.get(EventBus).publish('announced', undefined as never);
      case 'start':
        return start(this.container);
      case 'openAndEmit': {
        const child = openScope(this.container);
        this.#children.push(child);
        build(child, this.#listener(child));
        return child.get(ScopedEmitter).emit('rang', undefined as never);
      }
      case 'disposeChild':
        return this.#disposeChild();
      default:
        return this.dispose();
    }
  }

  async dispose(): Promise<void> {
    this.#ended.add(this.container);
    await scopeOf(this.container).disposeAsync();
    this.left.push(this.running);
  }

  async #disposeChild(): Promise<void> {
    const child = this.#children.pop();
    if (child === undefined) return;
    this.#ended.add(child);
    await scopeOf(child).disposeAsync();
  }

  #turn(label: string): Promise<void> {
    return this.#scheduler.schedule(Promise.resolve(), label);
  }

  async #run(owner: Container): Promise<void> {
    if (this.#ended.has(owner) || this.#ended.has(this.container)) this.tooLate += 1;
    this.running += 1;
    await this.#turn('handler');
    this.running -= 1;
  }

  #listener(owner: Container): new () => object {
    const run = () => this.#run(owner);
    class Listener {
      @On('rang')
      async hear() {
        await run();
      }

      @Subscribe('announced')
      async listen() {
        await run();
      }
    }
    return Listener;
  }
}

describe('whatever the order of turns', () => {
  it('L1 L2 L16 starts no handler after the end, ends when all have settled, leaves nothing, and everything settles', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.constantFrom(...STEPS), { minLength: 2, maxLength: 10 }),
        async (scheduler, steps) => {
          const world = new World(scheduler);
          const acts = steps.map((step) => world.act(step));

          await scheduler.waitFor(Promise.all(acts));
          await scheduler.waitFor(world.dispose());

          expect(world.tooLate).toBe(0);
          expect(world.left.every((running) => running === 0)).toBe(true);
          expect(audit(world.container).isEmpty).toBe(true);
          expect(world.errors).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
