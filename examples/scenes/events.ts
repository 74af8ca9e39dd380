/** What happens in a scene. */

/** A body has come into the world. */
export class Spawned {
  constructor(readonly body: number) {}
}

declare module 'carillon' {
  interface EventMap {
    [topic: `struck.${number}`]: undefined;
  }
}

/** The topic of one body's blows: it wakes who waits for that body, and asks nobody else. */
export function struck(body: number): `struck.${number}` {
  return `struck.${body}`;
}

/**
 * Two bodies met during a step. Deferred, because nobody may change the world while the engine moves it.
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
