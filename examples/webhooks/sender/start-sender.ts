/** Starts the sending process and waits for what it has to tell. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Answer } from './send.js';

/** The sender is killed after this many milliseconds. */
const TIME_LIMIT = 60_000;

/** @throws Error when the process fails or takes too long */
export async function startSender(url: string, secret: string): Promise<readonly Answer[]> {
  const child = fork(new URL('./main.js', import.meta.url), {
    env: { ...process.env, WEBHOOK_URL: url, WEBHOOK_SECRET: secret },
    timeout: TIME_LIMIT,
  });
  let answers: readonly Answer[] | undefined;
  child.once('message', (message) => {
    answers = message as unknown as readonly Answer[];
  });

  const [[code, signal]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
  if (code !== 0 || answers === undefined)
    throw new Error(`the sender failed: ${signal ?? `exit code ${code}`}`);
  return answers;
}
