/** Works off the collisions of a step, when the engine has moved the world. */
import { Deferred, ScopedEmitter } from 'carillon';
import { inject, injectable } from 'inversify';
import { Collided, struck, WALL } from './events.js';
import { Stage } from './stage.js';

/** The queue of collisions, in manual mode. */
export const COLLISIONS = 'collisions';

@injectable()
export class Contacts {
  readonly #stage: Stage;
  readonly #emitter: ScopedEmitter;

  constructor(@inject(Stage) stage: Stage, @inject(ScopedEmitter) emitter: ScopedEmitter) {
    this.#stage = stage;
    this.#emitter = emitter;
  }

  @Deferred(Collided, { queue: COLLISIONS })
  meet({ scene, one, other }: Collided) {
    this.#stage.enter('meet');
    if (scene !== this.#stage.name) {
      this.#stage.foreign += 1;
      return;
    }
    this.#stage.collisions += 1;
    if (one !== WALL) this.#emitter.emit(struck(one), undefined);
    if (other !== WALL) this.#emitter.emit(struck(other), undefined);
  }
}
