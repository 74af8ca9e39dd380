/** How bodies behave: one task for each, which sleeps most of the time and ends with its scene. */
import { Every, On, race, sleep, until } from 'carillon';
import { inject, injectable } from 'inversify';
import { Spawned, struck } from './events.js';
import { Stage } from './stage.js';
import { World } from './world.js';

/** One body of so many is a guard. */
export const GUARDS = 20;

@injectable()
export class Behaviours {
  readonly #stage: Stage;
  readonly #world: World;

  constructor(@inject(Stage) stage: Stage, @inject(World) world: World) {
    this.#stage = stage;
    this.#world = world;
  }

  /** Turns now and then. */
  @On(Spawned, { when: ({ body }) => body % GUARDS !== 0 })
  *patrol({ body }: Spawned) {
    this.#stage.begun += 1;
    try {
      for (;;) {
        yield* sleep(this.#world.between(1000, 4000));
        this.#turn('patrol', body);
      }
    } finally {
      this.#stage.ended += 1;
    }
  }

  /** Turns when it was struck, or has waited for too long. */
  @On(Spawned, { when: ({ body }) => body % GUARDS === 0 })
  *guard({ body }: Spawned) {
    this.#stage.begun += 1;
    const blowOrCalm = race([until(struck(body)), sleep('5s')]);
    try {
      for (;;) {
        yield* blowOrCalm;
        this.#turn('guard', body);
      }
    } finally {
      this.#stage.ended += 1;
    }
  }

  @Every('1s')
  lookRound() {
    this.#stage.enter('lookRound');
    this.#stage.looks += 1;
  }

  #turn(behaviour: string, body: number): void {
    this.#stage.enter(behaviour);
    this.#stage.turns += 1;
    this.#world.turn(body);
  }
}
