/** The commands, in the order in which the help lists them. */
import type { SubCommandsDef } from 'citty';
import { asyncapi } from './asyncapi.js';
import { dashboard } from './dashboard.js';
import { doctor } from './doctor.js';
import { explain } from './explain.js';
import { graph } from './graph.js';
import { list } from './list.js';
import { migrate } from './migrate.js';
import { migrateNest } from './migrate-nest.js';
import { queue } from './queue.js';
import { snapshot } from './snapshot.js';
import { tail } from './tail.js';
import { why } from './why.js';

export const COMMANDS: SubCommandsDef = {
  list,
  why,
  graph,
  doctor,
  snapshot,
  asyncapi,
  queue,
  tail,
  dashboard,
  migrate,
  'migrate-nest': migrateNest,
  explain,
};
