/**
 * A headless game whose scenes come and go. Fails when anything of a former scene has run, or is alive.
 *
 * `--steps N` plays so many steps; 20,000 without it. `--page` serves the game as a web page instead.
 */
import 'reflect-metadata';
import { MOST_COLLISIONS } from './game.js';
import { type Options, readOptions } from './options.js';
import { servePage } from './page/serve.js';
import { type Findings, rehearse } from './rehearsal.js';

const BODIES = 500;
const CHANGES = 10;

try {
  const options = readOptions(process.argv.slice(2));
  if (options.page) console.log(`The game is at ${await servePage()}; Ctrl+C ends it.`);
  else await play(options);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}

async function play({ steps }: Options): Promise<void> {
  const findings = await rehearse({ steps, bodies: BODIES, changes: CHANGES });
  print(findings);
  process.exitCode = findings.faults.length === 0 ? 0 : 1;
}

function print({ steps, time, left, faults }: Findings): void {
  console.log(`${steps} steps with ${BODIES} bodies, ${left.length - 1} scene changes`);
  for (const { stage, queued, tasks } of left) {
    const { name, collisions, turns, looks, foreign } = stage;
    console.log(
      `${name.padEnd(9)} ${collisions} collisions, ${turns} turns, ${looks} looks; left ${tasks} sleeping tasks and ${waiting(queued)}, passed over ${foreign}`,
    );
  }
  const share = time.share.toFixed(1);
  console.log(
    `\nA step took ${time.each.toFixed(0)} µs; ${share} % of it were events: handlers, tasks, timers and the queue`,
  );
  console.log(
    `Scene by scene: ${left.map((scene) => scene.time.share.toFixed(1)).join(', ')} %; the first does not count`,
  );
  const change = (time.changes / (left.length - 1)).toFixed(1);
  console.log(
    `To wire a scene and to end it took ${change} ms; with that, events were ${time.shareWithChanges.toFixed(1)} %`,
  );
  for (const fault of faults) console.log(`FAULT ${fault}`);
  console.log(
    faults.length === 0 ? 'Nothing of a former scene ever ran.' : `${faults.length} faults`,
  );
}

function waiting(messages: number): string {
  return messages === MOST_COLLISIONS
    ? `a full queue of ${messages} messages`
    : `${messages} messages`;
}
