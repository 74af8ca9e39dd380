/** The table of the unsubscribe suite: whether it matters how many others there are. */
import { growthTable } from '../growth.mjs';

const TITLES = { carillon: 'carillon', 'node-events': 'node:events', nanoevents: 'nanoevents' };

export const UNSUBSCRIBERS = Object.keys(TITLES);

export const unsubscribeTable = growthTable('one of 1,000 handlers is taken away', TITLES, [
  ['of 1,000', 'of 100,000'],
]);
