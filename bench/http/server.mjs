/** The process of one server: tells its port, and when asked what it has done and what that took. */
import { counts } from './services.mjs';

/** @import { RequestScopes } from 'carillon/http' */

/**
 * How requests are served.
 *
 * @typedef {object} Way
 * @property {RequestScopes<object> | undefined} scopes what gives each a scope
 * @property {(container: any, id: string) => Promise<object>} serve
 */

const [framework = '', name = ''] = process.argv.slice(2);

/** @type {Way | undefined} */
const way = name === 'nest' ? undefined : await import(`./ways/${name}.mjs`);
const port = await listen();

process.on('message', async () => {
  await way?.scopes?.settled();
  process.send?.({ ...counts, open: way?.scopes?.open ?? 0, cpu: process.cpuUsage() });
});
process.send?.({ port });

async function listen() {
  if (way === undefined) return (await import('./nest.mjs')).listen(framework);
  return (await import(`./${framework}.mjs`)).listen(way);
}
