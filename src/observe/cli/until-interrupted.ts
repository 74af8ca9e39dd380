/** Commands that go on until somebody ends them. */
import { once } from 'node:events';

/** In milliseconds. */
const DAY = 24 * 3_600_000;

/** Resolves on Ctrl+C, and when the process is asked to end. Keeps the process until then. */
export async function untilInterrupted(): Promise<void> {
  const alive = setInterval(() => undefined, DAY);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  clearInterval(alive);
}
