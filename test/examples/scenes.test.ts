/** The scenes example as a user runs it, in a shorter game. */
import { describe, expect, it } from '@jest/globals';
import { Game, type Left, type Scene, STEP } from '../../examples/scenes/game.js';
import { Program } from '../support/program.js';

const MAIN = 'build/examples/scenes/main.js';

describe('examples/scenes', () => {
  it('S4 ends scenes whose tasks sleep and whose queue is full, and nothing of them ever runs again', async () => {
    const { code, output } = await new Program([MAIN, '--steps', '2000']).ended;

    expect(output).toMatch(/2\d\d\d steps with 500 bodies, 10 scene changes/);
    expect(
      output.match(/left 500 sleeping tasks and a full queue of 256 messages, passed over \d+\n/g),
    ).toHaveLength(10);
    expect(output).toMatch(/[\d.]+ % of it were events/);
    expect(output).toMatch(/Scene by scene: (?:[\d.]+, ){10}[\d.]+ %/);
    expect(output).toMatch(/took [\d.]+ ms; with that, events were [\d.]+ %/);
    expect(output).toContain('Nothing of a former scene ever ran.');
    expect(code).toBe(0);
  });

  it.each(['0', '-3', '1.5', '1999', 'many'])(
    'says what to give instead of --steps %s',
    async (steps) => {
      const { code, output } = await new Program([MAIN, `--steps=${steps}`]).ended;

      expect(output).toContain(
        `--steps ${steps} is no length of a game. Give a whole number, 2000 or more.`,
      );
      expect(code).toBe(2);
    },
  );
});

describe('a scene of the game', () => {
  /** Steps within which every sleeper would wake, and a look round come. */
  const LONG = 600;

  function play(game: Game, steps: number): void {
    for (let step = 0; step < steps; step += 1) game.advance(STEP);
  }

  it('S4 has run for the last time when the next one begins: no task, no timer, no message of it', async () => {
    const game = new Game(40);
    game.change();
    play(game, LONG);
    const waited = game.queued;
    game.change();
    const [former] = game.left;
    const { begun, ended, turns, looks, collisions } = (former as Left).stage;
    play(game, LONG);
    game.drain();

    expect({ tasks: former?.tasks, queued: former?.queued }).toEqual({ tasks: 40, queued: waited });
    expect(waited).toBeGreaterThan(0);
    expect({ begun, ended }).toEqual({ begun: 40, ended: 40 });
    expect(former?.stage).toMatchObject({ turns, looks, collisions, late: [] });
    expect(game.scene?.stage).toMatchObject({ foreign: waited, late: [] });
    await game.stop();
    expect(game.problems).toEqual([]);
  });

  it('is noticed when anything of it runs after its end', async () => {
    const game = new Game(40);
    game.change();
    const { stage } = game.scene as Scene;
    play(game, LONG);
    // As if it had ended, while its container lives on.
    stage.close();
    play(game, LONG);
    game.drain();
    await game.stop();

    expect(new Set(stage.late)).toEqual(new Set(['patrol', 'guard', 'lookRound', 'meet']));
  });
});
