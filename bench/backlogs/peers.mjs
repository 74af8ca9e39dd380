/** The other queues on PostgreSQL, in versions that run on Node.js 20. They are no dependencies: `--peers` installs them into a temporary folder. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { postgresSpace } from '../queues/postgres-space.mjs';

/** @import { Engine, Fill, Place } from './engines.mjs' */

const WORKER = fileURLToPath(new URL('peer-worker.mjs', import.meta.url));

/** @type {Record<string, { version: string, order: string, place: (packages: string) => Promise<Place> }>} */
const PEERS = {
  'graphile-worker': { version: '0.16.6', order: 'queueName', place: graphilePlace },
  'pg-boss': { version: '10.4.2', order: 'no order by key', place: bossPlace },
};

/**
 * @typedef {Engine & { title: string, order: string }} Peer with its version, and with what keeps the order of a key
 */

/** @returns {{ peers: Peer[], remove: () => void }} */
export function installPeers() {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-peers-'));
  const packages = join(folder, 'package.json');
  writeFileSync(packages, '{ "private": true }');
  const wanted = Object.entries(PEERS).map(([name, { version }]) => `${name}@${version}`);
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  execFileSync('npm', ['install', ...options, ...wanted], { cwd: folder, stdio: 'inherit' });
  const peers = Object.entries(PEERS).map(([name, { version, order, place }]) => ({
    name,
    title: `${name} ${version}`,
    order,
    worker: WORKER,
    place: () => place(packages),
  }));
  return { peers, remove: () => rmSync(folder, { recursive: true }) };
}

/** A schema whose workers are cut off before it is dropped: what they have asked for may take minutes. */
async function peerSpace() {
  const { url, schema, clear } = await postgresSpace();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    url,
    schema,
    client,
    workerUrl: `${url}?application_name=${schema}`,
    clear: async () => {
      await client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
        [schema],
      );
      await client.end();
      await clear();
    },
  };
}

/**
 * @param {string} packages
 * @returns {Promise<Place>}
 */
async function graphilePlace(packages) {
  const { url, schema, client, workerUrl, clear } = await peerSpace();
  const { runMigrations } = createRequire(packages)('graphile-worker');
  await runMigrations({ connectionString: url, schema });
  return {
    options: { packages, url: workerUrl, schema },
    // Its order is that of `run_at`, which would be the same for all.
    fill: async ({ event, count, keys }) => {
      await client.query(
        `SELECT count(*) FROM ${schema}.add_jobs(ARRAY(
           SELECT ROW('bench', to_json($1::text), $3::text || ' ' || n % $4, now() - ($2 - n) * interval '1 microsecond', NULL, NULL, NULL, NULL)::${schema}.job_spec
           FROM generate_series(1, $2::int) AS n))`,
        [event, count, keys === undefined ? null : event, keys ?? 1],
      );
    },
    remove: clear,
  };
}

/**
 * @param {string} packages
 * @returns {Promise<Place>}
 */
async function bossPlace(packages) {
  const { url, schema, workerUrl, clear } = await peerSpace();
  const Boss = createRequire(packages)('pg-boss');
  const boss = new Boss({ connectionString: url, schema, supervise: false, schedule: false });
  await boss.start();
  return {
    options: { packages, url: workerUrl, schema },
    fill: async ({ event, count, keys }) => {
      // A queue with the policy `singleton` has one job of a key active at a time: the next is the oldest, and those of one `insert` are equally old.
      await boss.createQueue('bench', { policy: keys === undefined ? 'standard' : 'singleton' });
      const key = (/** @type {number} */ n) =>
        keys === undefined ? {} : { singletonKey: `${event} ${n % keys}` };
      await boss.insert(
        Array.from({ length: count }, (_, n) => ({ name: 'bench', data: { event }, ...key(n) })),
      );
    },
    remove: async () => {
      await boss.stop({ graceful: false });
      await clear();
    },
  };
}
