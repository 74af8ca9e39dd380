/** What happens in a scene. */

/** In place of a body's number. */
export const WALL = -1;

/** A body has come into the world. */
export class Spawned {
  constructor(readonly body: number) {}
}

declare module 'carillon' {
  interface EventMap {
    [topic: `struck.${number}`]: undefined;
  }
}

const topics: `struck.${number}`[] = [];

/** The topic of one body's blows: it wakes who waits for that body, and asks nobody else. Made once for each body. */
export function struck(body: number): `struck.${number}` {
  topics[body] ??= `struck.${body}`;
  return topics[body];
}

/**
 * Two bodies met during a step; a wall is {@link WALL}. Deferred, because nobody may change the world while the engine moves it.
 *
 * It carries its scene: the queue is the application's, and what a scene leaves in it waits for the next one's handler.
 */
export class Collided {
  constructor(
    readonly scene: string,
    readonly one: number,
    readonly other: number,
  ) {}
}
