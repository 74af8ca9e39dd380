/** The queues suite: the same messages through a queue of the library, and through the bare client of its engine. */

/** @import { Case } from '../measure.mjs' */

/** As much at a time is enqueued, in one batch. */
export const BATCH = 100;
/** Two batches: a round has as many passes as fill its time. */
const PASS = 2 * BATCH;
const AT_ONCE = [1, 100];

/** What every message carries: 200 bytes of text. */
export const BODY = 'x'.repeat(200);

const ID = '01a20e76-3ecb-7f2b-b69e-fff0cb55d6bc';

/** What a bare client stores: the text, or an envelope as the library has it, made beforehand. */
const CONTENTS = {
  text: JSON.stringify(BODY),
  envelope: JSON.stringify({
    specversion: '1.0',
    source: '/application',
    type: 'bench.job',
    eventkind: 'topic',
    id: ID,
    data: BODY,
  }),
};

/**
 * @typedef {object} Queue empty when it is made
 * @property {(count: number) => Promise<void>} enqueue in batches, one after another; resolves once all are safe
 * @property {() => Promise<void>} [connect] what a worker needs of the engine, ahead of its work
 * @property {() => Promise<number>} work begins to work on what is there; resolves with how many were done, once that is all
 * @property {() => Promise<void>} close
 */

/**
 * @typedef {object} Contender
 * @property {(concurrency: number, content: string) => Promise<Queue>} openQueue the content is for a bare client
 * @property {boolean} [inMemory] what is there to enqueue is no work of its own: both are measured together
 */

/**
 * @param {string} name of a contender; with `+envelope` it stores as many bytes as the library
 * @returns {Promise<Case[]>}
 */
export async function createCases(name) {
  const [file, content = 'text'] = name.split('+');
  /** @type {Contender} */
  const { openQueue, inMemory = false } = await import(`./contenders/${file}.mjs`);
  /** @type {Queue | undefined} */
  let queue;
  // The last one is left when the measuring is over.
  process.once('SIGTERM', async () => {
    // A run that is ended early is in the middle of a round, which the close breaks off: its error would hide why the run was ended.
    process.on('uncaughtException', () => undefined);
    try {
      await queue?.close();
    } finally {
      process.exit();
    }
  });
  /** @param {number} concurrency */
  const open = async (concurrency) => {
    await queue?.close();
    queue = await openQueue(concurrency, CONTENTS[/** @type {'text' | 'envelope'} */ (content)]);
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
      prepare: async () => {
        const opened = await open(1);
        // The first message opens what there is to open, and makes the tables.
        await opened.enqueue(1);
      },
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
  return `process, ${concurrency} at once`;
}
