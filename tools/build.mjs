/** Writes dist: JavaScript in two formats and its declarations. */
import { rm } from 'node:fs/promises';
import { bundle } from './bundle.mjs';
import { declare } from './declarations.mjs';

const DIST = 'dist';

await rm(DIST, { recursive: true, force: true });
await Promise.all([bundle(DIST), declare(DIST)]);
