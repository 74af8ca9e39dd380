/** fastq, with a worker that is done in a microtask: one that is done at once calls the next from within, until the stack is full. */
import fastq from 'fastq';
import { BODY } from '../cases.mjs';

export const inMemory = true;

/** @param {number} concurrency */
export async function openQueue(concurrency) {
  let enqueued = 0;
  let done = 0;
  /** @type {() => void} */
  let finished = () => undefined;
  const queue = fastq((/** @type {string} */ _, /** @type {(error: null) => void} */ callback) => {
    queueMicrotask(() => {
      done += 1;
      callback(null);
      if (done === enqueued) finished();
    });
  }, concurrency);
  // As in a program: what is enqueued is not begun in the turn of whoever does it.
  queue.pause();
  return {
    /** @param {number} count */
    enqueue: async (count) => {
      enqueued = count;
      done = 0;
      for (let left = count; left > 0; left -= 1) queue.push(BODY, ignore);
    },
    work: async () => {
      const all = new Promise((resolve) => {
        finished = () => resolve(undefined);
      });
      queue.resume();
      await all;
      queue.pause();
      return done;
    },
    close: async () => queue.kill(),
  };
}

function ignore() {
  // Nobody waits for it.
}
