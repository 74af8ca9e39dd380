/** What happens in a scene. */

/** A body has come into the world. */
export class Spawned {
  constructor(readonly body: number) {}
}

/** A body was struck; emitted to the behaviours when the collisions of a step are worked off. */
export class Struck {
  constructor(readonly body: number) {}
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
