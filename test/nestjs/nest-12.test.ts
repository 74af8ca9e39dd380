/** NestJS 12 in this process. `project-nest-11.test.ts` runs the same cases on NestJS 11. */
import { describe, it } from '@jest/globals';
import { allCases } from './cases/all.js';
import { gateways } from './cases/lifetimes.js';

for (const [name, cases] of Object.entries({ ...allCases, gateways }))
  describe(`NestJS 12: ${name}`, () => {
    for (const [title, run] of Object.entries(cases)) it(title, run);
  });
