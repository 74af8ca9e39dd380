/** The backlogs, and the teams that process them. */

/** @import { Fill } from './engines.mjs' */

/**
 * @typedef {object} Backlog
 * @property {string} title
 * @property {readonly Fill[]} fills
 */

/** @type {readonly { workers: number, atOnce: number }[]} */
export const TEAMS = [
  { workers: 1, atOnce: 1 },
  { workers: 1, atOnce: 20 },
  { workers: 4, atOnce: 20 },
];

/** @type {Backlog} */
const PLAIN = { title: '1,000 without keys', fills: [{ event: 'bench.many', count: 1000 }] };

/**
 * @param {number} many how many messages a long backlog has
 * @returns {Backlog[]} the first is the short one without keys
 */
export function backlogs(many) {
  return [
    PLAIN,
    {
      title: '100,000 of one key, 1,000 of others',
      fills: [
        { event: 'bench.many', count: many, keys: 1 },
        { event: 'bench.few', count: 1000, keys: 100 },
      ],
    },
    { title: '10,000 of each of 10 keys', fills: [{ event: 'bench.many', count: many, keys: 10 }] },
    {
      title: '100,000, each of its own key',
      fills: [{ event: 'bench.many', count: many, keys: many }],
    },
  ];
}
