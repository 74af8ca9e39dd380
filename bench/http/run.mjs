/**
 * One request with a scope and two handlers, beside the bare framework and beside NestJS: `--smoke` only proves that each request is served
 * and each scope ends, `--write-docs` puts the table into docs/reports/performance.md.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { machine, writeSections } from '../docs-page.mjs';
import { median } from '../measure.mjs';
import { table } from '../table.mjs';

/** @import { ChildProcess } from 'node:child_process' */

/**
 * @typedef {object} Round
 * @property {number} perSecond requests
 * @property {number} cpu microseconds of the server's process for one request
 */

const SERVER = fileURLToPath(new URL('server.mjs', import.meta.url));
const FRAMEWORKS = { fastify: 'Fastify', express: 'Express' };
const BARE = 'bare';
const WAYS = {
  [BARE]: 'the framework alone',
  carillon: 'carillon, no container',
  'awilix-alone': 'awilix alone',
  awilix: 'carillon, awilix',
  'tsyringe-alone': 'tsyringe alone',
  tsyringe: 'carillon, tsyringe',
  'inversify-alone': 'InversifyJS alone',
  inversify: 'carillon, InversifyJS',
  nest: 'NestJS, request-scoped',
};
const CONNECTIONS = 20;

const { values: flags } = parseArgs({
  options: { smoke: { type: 'boolean' }, 'write-docs': { type: 'boolean' } },
});
const pace = flags.smoke
  ? { processes: 1, warmups: 0, rounds: 1, load: { amount: 40 } }
  : { processes: 2, warmups: 1, rounds: 3, load: { duration: 1 } };

/** A server in a process of its own. */
class Server {
  #process;
  #port = 0;

  /**
   * @param {string} framework
   * @param {string} way
   */
  constructor(framework, way) {
    this.name = `${framework} ${way}`;
    this.#process = fork(SERVER, [framework, way]);
  }

  async ready() {
    ({ port: this.#port } = await answer(this.#process));
  }

  /**
   * Sends requests over some connections, the next one once the last is answered, and checks what became of them.
   *
   * @param {{ readonly amount: number } | { readonly duration: number }} load how many, or for how many seconds
   * @returns {Promise<Round>}
   */
  async round(load) {
    const before = await this.#state();
    const start = process.hrtime.bigint();
    const result = await autocannon({
      url: `http://127.0.0.1:${this.#port}/items/bell`,
      connections: CONNECTIONS,
      expectBody: '{"items":["bell"],"lines":["bell"]}',
      ...load,
    });
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    const after = await this.#state();
    const served = after.requests - before.requests;
    this.#check(load, result, after, served);
    const used = ({ user, system }) => user + system;
    return {
      perSecond: result['2xx'] / seconds,
      cpu: (used(after.cpu) - used(before.cpu)) / served,
    };
  }

  #check(load, { errors, mismatches, non2xx }, { requests, added, noted, open }, served) {
    const isWrong = added !== requests || noted !== requests || open > 0;
    const isIncomplete = 'amount' in load && served !== load.amount;
    if (isWrong || isIncomplete || errors + mismatches + non2xx > 0)
      throw new Error(
        `${this.name} served ${served}, and in all ${requests} with ${added} and ${noted} handlers; ${open} scopes open, ${errors} errors, ${mismatches + non2xx} wrong answers.`,
      );
  }

  end() {
    this.#process.kill();
  }

  async #state() {
    this.#process.send('state');
    return answer(this.#process);
  }
}

/**
 * @param {ChildProcess} child
 * @returns {Promise<any>}
 */
function answer(child) {
  return new Promise((resolve, reject) => {
    const exited = () => reject(new Error('A server has ended; its error is above.'));
    child.once('exit', exited);
    child.once('message', (message) => {
      child.off('exit', exited);
      resolve(message);
    });
  });
}

/** @type {Map<string, Round[]>} */
const results = new Map();
for (let index = 0; index < pace.processes; index += 1)
  for (const framework of Object.keys(FRAMEWORKS)) await measure(framework);

const text = report();
if (flags.smoke) console.log('Every request reached both of its handlers, and every scope ended.');
else console.log(`\nhttp: ${machine}\n\n${text}`);
if (flags['write-docs']) await writeSections({ http: text });

/**
 * The servers take turns, so that a slow minute of the machine is shared by all.
 *
 * @param {string} framework
 */
async function measure(framework) {
  const servers = Object.keys(WAYS).map((way) => new Server(framework, way));
  try {
    await Promise.all(servers.map((server) => server.ready()));
    for (let round = -pace.warmups; round < pace.rounds; round += 1)
      for (const server of servers) {
        const measured = await server.round(pace.load);
        if (round < 0) continue;
        results.set(server.name, [...(results.get(server.name) ?? []), measured]);
      }
  } finally {
    for (const server of servers) server.end();
  }
}

function report() {
  const rows = Object.entries(FRAMEWORKS).flatMap(([framework, title]) =>
    Object.entries(WAYS).map(([way, name]) => {
      const [own, bare] = [way, BARE].map((one) => results.get(`${framework} ${one}`) ?? []);
      return [
        `${title}: ${name}`,
        median(own.map(({ perSecond }) => perSecond)).toFixed(0),
        ratio(own, bare, 'perSecond'),
        `${median(own.map(({ cpu }) => cpu)).toFixed(0)} µs`,
        ratio(own, bare, 'cpu'),
      ];
    }),
  );
  return table(['one request', 'a second', 'ratio', 'CPU of one', 'ratio'], rows);
}

/**
 * The median of the ratios within each round.
 *
 * @param {readonly Round[]} own
 * @param {readonly Round[]} bare
 * @param {keyof Round} key
 */
function ratio(own, bare, key) {
  return `${median(own.map((round, index) => round[key] / bare[index][key])).toFixed(2)}×`;
}
