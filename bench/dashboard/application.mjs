/** An application in a process of its own, which sends so many events a second, and opens a dashboard when it is asked to. Speaks over IPC. */
import 'reflect-metadata';
import { On } from 'carillon';
import { createApplication } from 'carillon/adapter';
import { dashboard } from 'carillon/dashboard';
import { attachMany } from './many-handlers.mjs';

const [perSecond = '5000'] = process.argv.slice(2);
/** Milliseconds between two bursts, as requests of a busy server come. */
const BURST = 10;

let heard = 0;
class Warehouse {
  /** @param {object} order */
  pack(order) {
    if (order) heard += 1;
  }
}
const descriptor = Object.getOwnPropertyDescriptor(Warehouse.prototype, 'pack');
On('order.placed')(Warehouse.prototype, 'pack', descriptor);

const application = createApplication({ name: 'shop' });
application.attach(new Warehouse());
attachMany(application, 500);
await application.start();

let sent = 0;
const begun = performance.now();
setInterval(() => {
  const due = Math.floor(((performance.now() - begun) / 1000) * Number(perSecond));
  for (; sent < due; sent += 1) application.events.emit('order.placed', newOrder(sent));
}, BURST);

/** @param {number} number */
function newOrder(number) {
  return {
    id: `order-${number}`,
    customer: { name: 'Ada', country: 'GB', token: 'hidden' },
    lines: [
      { article: 'bell', count: 2, price: 19.5 },
      { article: 'rope', count: 1, price: 4 },
    ],
    placed: new Date(),
  };
}

/** @type {ReturnType<typeof dashboard> | undefined} */
let board;

/** What the other process may ask for. @type {Record<string, (argument: number) => unknown>} */
const ANSWERS = {
  open: async () => {
    board = dashboard(application);
    return (await board.listen()).url;
  },
  close: () => {
    board?.close();
    board = undefined;
  },
  /** The share of one core that this process takes within so many milliseconds, and how many events a second it sent. */
  measure: async (milliseconds) => {
    const [before, sentBefore, from] = [process.cpuUsage(), sent, performance.now()];
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    const { user, system } = process.cpuUsage(before);
    const time = performance.now() - from;
    if (heard !== sent) throw new Error(`${sent} were sent, ${heard} were heard`);
    return { share: (user + system) / 1000 / time, rate: ((sent - sentBefore) / time) * 1000 };
  },
  stop: () => process.exit(),
};

process.on('message', async ({ question, argument }) => {
  process.send?.({ answer: await ANSWERS[question]?.(argument) });
});
process.send?.({ answer: 'ready' });
