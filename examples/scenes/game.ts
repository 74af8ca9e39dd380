/** The game: one application, one container for each scene, and the loop. Runs in Node and in a page. */
import {
  type CarillonError,
  EventQueue,
  type FixedStepClock,
  fixedStep,
  ScopedEmitter,
} from 'carillon';
import {
  type Census,
  census,
  events,
  openScope,
  type ScopedContainer,
  stop,
} from 'carillon/inversify';
import { Container } from 'inversify';
import { Behaviours } from './behaviours.js';
import { COLLISIONS, Contacts } from './contacts.js';
import { Collided, Spawned } from './events.js';
import { Stage } from './stage.js';
import { now, TimeSpent } from './time-spent.js';
import { World } from './world.js';

/** Milliseconds of a step. */
export const STEP = 1000 / 60;

/** Collisions that may wait. Beyond it the oldest is forgotten: it has long been over. */
export const MOST_COLLISIONS = 256;

/** What a scene is made of. */
export interface Scene {
  readonly container: ScopedContainer;
  readonly stage: Stage;
  readonly world: World;
}

/** What was there when a scene was left. */
export interface Left {
  readonly stage: Stage;
  /** Messages that waited in the queue. */
  readonly queued: number;
  /** Tasks that had not ended. */
  readonly tasks: number;
  /** What was alive in the application once the scene had ended. */
  readonly after: Census;
  readonly time: TimeSpent;
}

export class Game {
  readonly problems: CarillonError[] = [];
  /** Collisions that were forgotten because too many waited. */
  forgotten = 0;
  readonly left: Left[] = [];
  /** Of the scene that is played. */
  time = new TimeSpent();
  readonly #bodies: number;
  readonly #clock: FixedStepClock = fixedStep({ step: STEP });
  readonly #container = new Container();
  readonly #queue: EventQueue;
  #scene: Scene | undefined;

  constructor(bodies: number) {
    this.#bodies = bodies;
    this.#container.register(
      events({
        name: 'game',
        clock: this.#clock,
        onError: (error) => this.#note(error),
        queues: {
          [COLLISIONS]: { processing: 'manual', limit: MOST_COLLISIONS, whenFull: 'drop-oldest' },
        },
      }),
    );
    this.#queue = this.#container.get(EventQueue);
  }

  /** Steps made until now. */
  get steps(): number {
    return this.#clock.steps;
  }

  /** The one that is played. */
  get scene(): Scene | undefined {
    return this.#scene;
  }

  /** Ends the scene, whatever waits in it, and opens the next. */
  change(): void {
    this.leave();
    const stage = new Stage(`scene ${this.left.length + 1}`);
    const world = new World(this.left.length + 1, (one, other) => {
      void this.#queue.defer(new Collided(stage.name, one, other));
    });
    for (let count = 0; count < this.#bodies; count += 1) world.add();
    const begun = now();
    const container = openScope(this.#container, { name: stage.name });
    container.bind(Stage).toConstantValue(stage);
    container.bind(World).toConstantValue(world);
    for (const service of [Behaviours, Contacts])
      container.bind<object>(service).to(service).inSingletonScope();
    container.get(Behaviours);
    container.get(Contacts);

    const emitter = container.get(ScopedEmitter);
    for (let body = 0; body < world.size; body += 1) emitter.emit(new Spawned(body));
    this.time.changes += now() - begun;
    this.#scene = { container, stage, world };
  }

  /** Makes the steps of a frame. In each the engine moves the world, then timers ring and tasks go on. */
  advance(milliseconds: number): void {
    const begun = now();
    this.time.steps += this.#clock.advance(milliseconds, (step) => this.#move(step));
    this.time.total += now() - begun;
  }

  /** Works off what collided. */
  drain(): void {
    const begun = now();
    this.#queue.process(COLLISIONS);
    this.time.total += now() - begun;
  }

  /** Collisions that wait. */
  get queued(): number {
    return this.#queue.size(COLLISIONS);
  }

  census(): Census {
    return census(this.#container);
  }

  leave(): void {
    const scene = this.#scene;
    if (scene === undefined) return;
    const { container, stage, world } = scene;
    const [queued, tasks] = [this.queued, stage.begun - stage.ended];
    const begun = now();
    container[Symbol.dispose]();
    this.time.changes += now() - begun;
    stage.close();
    world.clear();
    this.#scene = undefined;
    this.left.push({ stage, queued, tasks, after: this.census(), time: this.time });
    this.time = new TimeSpent();
  }

  async stop(): Promise<void> {
    this.leave();
    await stop(this.#container);
  }

  #note(error: CarillonError): void {
    if (error.code === 'CAR5013') this.forgotten += 1;
    else this.problems.push(error);
  }

  #move(step: number): void {
    const world = this.#scene?.world;
    if (world === undefined) return;
    const before = world.callbackTime;
    const begun = now();
    world.step(step);
    this.time.physics += now() - begun - (world.callbackTime - before);
  }
}
