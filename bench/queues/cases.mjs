/** The queues suite: the same messages through a queue of the library, and through the bare client of its engine. */

/** @import { Case } from '../measure.mjs' */

/** As much at a time is enqueued, in one batch. */
export const BATCH = 100;
/** Two batches: a round has as many passes as fill its time. */
const PASS = 2 * BATCH;
const AT_ONCE = [1, 100];

/** What every message carries: 200 bytes of text. */
export const BODY = 'x'.repeat(200);

/**
 * @typedef {object} Queue empty when it is made
 * @property {(count: number) => Promise<void>} enqueue in batches, one after another; resolves once all are safe
 * @property {() => Promise<void>} [connect] what a worker needs of the engine, ahead of its work
 * @property {() => Promise<number>} work begins to work on what is there; resolves with how many were done, once that is all
 * @property {() => Promise<void>} close
 */

/**
 * @typedef {object} Contender
 * @property {(concurrency: number) => Promise<Queue>} openQueue
 * @property {boolean} [inMemory] what is there to enqueue is no work of its own: both are measured together
 */

/**
 * @param {string} name
 * @returns {Promise<Case[]>}
 */
export async function createCases(name) {
  /** @type {Contender} */
  const { openQueue, inMemory = false } = await import(`./contenders/${name}.mjs`);
  /** @type {Queue | undefined} */
  let queue;
  // The last one is left when the measuring is over.
  process.once('SIGTERM', async () => {
    await queue?.close();
    process.exit();
  });
  /** @param {number} concurrency */
  const open = async (concurrency) => {
    await queue?.close();
    queue = await openQueue(concurrency);
    return queue;
  };
  /** @param {number} count */
  const work = async (count) => {
    const done = await queue?.work();
    if (done !== count) throw new Error(`${name} has done ${done} of ${count} messages.`);
  };
  if (inMemory) {
    return AT_ONCE.map((concurrency) => ({
      name: workName(concurrency),
      operations: PASS,
      prepare: async () => void (await open(concurrency)),
      run: async (passes) => {
        await queue?.enqueue(passes * PASS);
        await work(passes * PASS);
      },
    }));
  }
  return [
    {
      name: 'enqueue',
      operations: PASS,
      prepare: async () => void (await open(1)),
      run: async (passes) => await queue?.enqueue(passes * PASS),
    },
    ...AT_ONCE.map((concurrency) => ({
      name: workName(concurrency),
      operations: PASS,
      /** @param {number} passes */
      prepare: async (passes) => {
        const opened = await open(concurrency);
        await opened.connect?.();
        await opened.enqueue(passes * PASS);
      },
      /** @param {number} passes */
      run: (passes) => work(passes * PASS),
    })),
  ];
}

/** @param {number} concurrency */
function workName(concurrency) {
  return `work off, ${concurrency} at once`;
}
