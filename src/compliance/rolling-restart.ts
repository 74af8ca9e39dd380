/** Processes that are killed and replaced in turn, under a steady stream of messages. */
import type { EngineProcess } from './engine-process.js';
import { done, lost } from './ledger.js';
import { eventually } from './waiting.js';

/** What is restarted, and what goes on meanwhile. */
export interface Rolling {
  begin(): Promise<EngineProcess>;
  /** Resolves once the message of that number is accepted. */
  send(n: number): Promise<void>;
  ledger(): Promise<readonly string[]>;
}

/** Messages per kill, and as many after the last. */
const SHARE = 75;
const KILLS = 3;

/** Kills and replaces the older of two processes, repeatedly; resolves when all is done and both are killed. */
export async function rollingRestart({ begin, send, ledger }: Rolling) {
  let processes = [await begin(), await begin()];
  const sent: string[] = [];
  for (let round = 0; round <= KILLS; round += 1) {
    for (let index = 0; index < SHARE; index += 1) {
      const n = sent.length + 1;
      await send(n);
      sent.push(String(n));
    }
    if (round === KILLS) break;
    const half = sent.length / 2;
    await eventually(async () => done(await ledger()).length >= half);
    const [oldest, ...others] = processes;
    await oldest?.kill();
    processes = [...others, await begin()];
  }
  await eventually(async () => lost(await ledger(), sent).length === 0);
  for (const process of processes) await process.kill();
  return { sent, ledger: await ledger(), kills: KILLS + processes.length };
}
