/** The physics of one scene: boxes between four walls, without gravity, so that the motion never ends. */
import Matter from 'matter-js';
import { WALL } from './events.js';
import { now } from './time-spent.js';

const { Bodies, Body, Composite, Engine, Events } = Matter;
/** The size of the ground. */
export const WIDTH = 3200;
export const HEIGHT = 1800;
/** How long the sides of a body are. */
export const SIZE = 10;
const THICK = 200;

/** Bodies are known by their number, walls by {@link WALL}. */
export class World {
  /** Milliseconds that {@link onCollision} has taken. */
  callbackTime = 0;
  readonly #engine = Engine.create({
    positionIterations: 2,
    velocityIterations: 2,
    constraintIterations: 0,
  });
  readonly #bodies: Matter.Body[] = [];
  readonly #turning: number[] = [];
  readonly #random: () => number;
  readonly #collided: (event: Matter.IEventCollision<Matter.Engine>) => void;

  constructor(seed: number, onCollision: (one: number, other: number) => void) {
    this.#random = randomOf(seed);
    this.#engine.gravity.scale = 0;
    Composite.add(this.#engine.world, walls());
    this.#collided = ({ pairs }) => {
      const begun = now();
      for (const { bodyA, bodyB } of pairs) onCollision(numberOf(bodyA), numberOf(bodyB));
      this.callbackTime += now() - begun;
    };
    Events.on(this.#engine, 'collisionStart', this.#collided);
  }

  /** How many bodies move. */
  get size(): number {
    return this.#bodies.length;
  }

  /** Puts one more body somewhere; they are numbered as they come. */
  add(): void {
    const [x, y] = [this.#random() * WIDTH, this.#random() * HEIGHT];
    const number = this.#bodies.length;
    const body = Bodies.rectangle(x, y, SIZE, SIZE, {
      id: number,
      frictionAir: 0,
      friction: 0,
      restitution: 1,
      inertia: Number.POSITIVE_INFINITY,
    });
    this.#bodies.push(body);
    Composite.add(this.#engine.world, body);
    this.turn(number);
  }

  /** Sends a body in another direction, at the beginning of the next step. */
  turn(number: number): void {
    this.#turning.push(number);
  }

  /** Where each body is, by its number. */
  *positions(): Generator<
    readonly [body: number, place: { readonly x: number; readonly y: number }]
  > {
    for (const [number, { position }] of this.#bodies.entries()) yield [number, position];
  }

  /** A time between the two, in milliseconds. */
  between(least: number, most: number): number {
    return least + this.#random() * (most - least);
  }

  step(milliseconds: number): void {
    for (const number of this.#turning) {
      const angle = this.#random() * 2 * Math.PI;
      Body.setVelocity(this.#bodies[number] as Matter.Body, {
        x: 3 * Math.cos(angle),
        y: 3 * Math.sin(angle),
      });
    }
    this.#turning.length = 0;
    Engine.update(this.#engine, milliseconds);
  }

  /** Lets go of the bodies. */
  clear(): void {
    Events.off(this.#engine, 'collisionStart', this.#collided);
    Engine.clear(this.#engine);
  }
}

function numberOf({ id }: Matter.Body): number {
  return Math.max(WALL, id);
}

function walls(): Matter.Body[] {
  const wall = { isStatic: true, restitution: 1, friction: 0 };
  return [
    Bodies.rectangle(WIDTH / 2, -THICK / 2, WIDTH, THICK, { ...wall, id: -1 }),
    Bodies.rectangle(WIDTH / 2, HEIGHT + THICK / 2, WIDTH, THICK, { ...wall, id: -2 }),
    Bodies.rectangle(-THICK / 2, HEIGHT / 2, THICK, HEIGHT, { ...wall, id: -3 }),
    Bodies.rectangle(WIDTH + THICK / 2, HEIGHT / 2, THICK, HEIGHT, { ...wall, id: -4 }),
  ];
}

/** Mulberry32 (Tommy Ettinger, 2017): the same seed makes the same scene. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), 61 | bits);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
