/** Plays the game without a picture, changes the scene at the worst moment, and judges what it found. */
import { Game, type Left, MOST_COLLISIONS, STEP } from './game.js';
import { TimeSpent } from './time-spent.js';

/** How long and how large a game is. */
export interface Play {
  readonly steps: number;
  readonly bodies: number;
  readonly changes: number;
}

/** What a game has shown. */
export interface Findings {
  readonly steps: number;
  /** Of all scenes but the first, in which the program is being compiled. */
  readonly time: TimeSpent;
  readonly left: readonly Left[];
  readonly faults: readonly string[];
}

export async function rehearse(play: Play): Promise<Findings> {
  const game = new Game(play.bodies);
  game.change();
  const idleHandlers = game.census().handlers;
  const length = play.steps / (play.changes + 1);

  while (game.steps < play.steps) {
    game.advance(STEP);
    const isDue = game.steps >= length * (game.left.length + 1) && game.left.length < play.changes;
    // At the worst moment: every task sleeps, and the queue is full, because nobody has worked it off for a while.
    if (isDue && game.queued < MOST_COLLISIONS) continue;
    if (isDue) game.change();
    game.drain();
  }
  await game.stop();

  const { steps, left } = game;
  const time = left.slice(1).reduce((sum, scene) => sum.add(scene.time), new TimeSpent());
  const faults = [...faultsOf(game, play, idleHandlers), ...game.problems.map(String)];
  return { steps, time, left, faults };
}

function faultsOf(game: Game, play: Play, handlers: number): string[] {
  const { left } = game;
  const alive = Object.entries(game.census()).filter(([, count]) => count > 0);
  const waited = left.reduce((sum, { queued }) => sum + queued, 0);
  const passed = left.reduce((sum, { stage }) => sum + stage.foreign, 0);
  return [
    fault(`${left.length} scenes were played`, left.length !== play.changes + 1),
    fault('no handler was wired', handlers === 0),
    ...left
      .slice(0, play.changes)
      .map(({ stage, queued }) =>
        fault(`${stage.name} was left with ${queued} collisions`, queued !== MOST_COLLISIONS),
      ),
    fault(
      `${waited} collisions waited when their scene ended, ${passed} reached the next`,
      waited !== passed,
    ),
    ...left.flatMap(({ stage, tasks, after }) => [
      ...stage.late.map((what) => `${what} of ${stage.name} ran after its end`),
      fault(`${stage.name} ended with ${tasks} sleeping tasks`, tasks !== play.bodies),
      fault(
        `${stage.begun - stage.ended} tasks of ${stage.name} never ended`,
        stage.begun !== stage.ended,
      ),
      fault(`${stage.name} worked off no collision`, stage.collisions === 0),
      fault(`${stage.name} left ${after.handlers} handlers`, after.handlers > 0),
      fault(`${stage.name} left ${after.timers} timers`, after.timers > 0),
      fault(`${stage.name} left ${after.inFlight} running`, after.inFlight > 0),
    ]),
    ...alive.map(([what, count]) => `${count} ${what} are alive after the stop`),
  ].filter((text) => text !== undefined);
}

function fault(text: string, isFault: boolean): string | undefined {
  return isFault ? text : undefined;
}
