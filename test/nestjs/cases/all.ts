/** Every case. */
import { adopted } from './adopted.js';
import { described } from './described.js';
import { ends } from './ends.js';
import { lifetimes } from './lifetimes.js';
import { contexts, express, fastify } from './requests.js';
import { singletons } from './singletons.js';
import type { Cases } from './support.js';

export const allCases: Readonly<Record<string, Cases>> = {
  singletons,
  ends,
  'requests on Express': express,
  'requests on Fastify': fastify,
  contexts,
  lifetimes,
  described,
  adopted,
};
