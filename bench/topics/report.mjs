/** The table of the topics suite: whether patterns cost that do not match. */
import { growthTable } from '../growth.mjs';

const TITLES = { carillon: 'carillon', eventemitter2: 'eventemitter2, `wildcard: true`' };

export const TOPIC_EMITTERS = Object.keys(TITLES);

export const topicTable = growthTable(
  'one emit, heard by one pattern',
  TITLES,
  ['one topic', 'new topics'].map((title) => [`${title}, 10 others`, `${title}, 100,000 others`]),
);
