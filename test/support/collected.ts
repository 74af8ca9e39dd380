/** Whether the engine has let go of something. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { settle } from './manual-clock.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** More rounds of collection than are ever needed. */
const ROUNDS = 50;

/** Collects until something has gone, or has stayed for too long. */
export async function collectUntil(isGone: () => boolean): Promise<void> {
  for (let tries = 0; tries < ROUNDS && !isGone(); tries += 1) {
    await settle();
    collect();
  }
}

export async function isCollected(reference: WeakRef<object>): Promise<boolean> {
  await collectUntil(() => reference.deref() === undefined);
  return reference.deref() === undefined;
}
