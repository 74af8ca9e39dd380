/** Writes dist: JavaScript in two formats and its declarations. */
import { copyFile, rm } from 'node:fs/promises';
import { bundle } from './bundle.mjs';
import { bundleCli } from './bundle-cli.mjs';
import { buildDashboardPage } from './dashboard-page.mjs';
import { declare } from './declarations.mjs';

const DIST = 'dist';

await rm(DIST, { recursive: true, force: true });
await Promise.all([bundle(DIST), bundleCli(DIST), declare(DIST), buildDashboardPage(DIST)]);
await copyFile('src/observe/topology.schema.json', `${DIST}/topology.schema.json`);
