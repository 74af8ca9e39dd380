/** The snippets of the page on transactions, each with the library that it is for. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type PackageProject, PackedPackage } from '../support/package-project.js';
import { readPage } from '../support/page-programs.js';
import { POSTGRES_PORT, POSTGRES_URL, PostgresSchema } from '../support/postgres-schema.js';
import { withService } from '../support/service.js';

const PACKAGES = [
  '@mikro-orm/core@6.6.16',
  '@mikro-orm/knex@6.6.16',
  '@mikro-orm/postgresql@6.6.16',
  'inversify@8.2.3',
  'knex@3.3.0',
  'pg@8.23.1',
  'reflect-metadata@0.2.2',
  'sequelize@6.37.8',
];

interface Client {
  /** How a program opens its database, beside what all have. */
  readonly open: string;
  readonly close: string;
  /** A transaction that has ended. */
  readonly late: string;
}

const CLIENTS: Readonly<Record<string, Client>> = {
  Knex: {
    open: `
      const { default: createKnex } = await import('knex');
      const knex = createKnex({ client: 'pg', connection: { connectionString: url, options } });`,
    close: 'await knex.destroy();',
    late: 'await knex.transaction(async (tx) => tx)',
  },
  MikroORM: {
    open: `
      const { EntitySchema, MikroORM } = await import('@mikro-orm/postgresql');
      const Order = new EntitySchema({
        name: 'Order', tableName: 'orders', properties: { id: { type: 'string', primary: true } },
      });
      const driverOptions = { connection: { options } };
      const orm = await MikroORM.init({ clientUrl: url, entities: [Order], driverOptions });`,
    close: 'await orm.close();',
    late: 'await orm.em.transactional(async (tx) => tx)',
  },
  Sequelize: {
    open: `
      const { DataTypes, Sequelize } = await import('sequelize');
      const sequelize = new Sequelize(url, { logging: false, dialectOptions: { options } });
      const id = { type: DataTypes.TEXT, primaryKey: true };
      const Order = sequelize.define('Order', { id }, { tableName: 'orders', timestamps: false });`,
    close: 'await sequelize.close();',
    late: 'await sequelize.transaction(async (tx) => tx)',
  },
};

/** Places an order twice: the table refuses the second one, after its message was deferred. */
function programOf({ open, close, late }: Client, snippet: string, options: string): string {
  return `
    import 'reflect-metadata';
    import { defineEvent, EventQueue } from 'carillon';
    import { events, stop } from 'carillon/inversify';
    import { postgresQueue } from 'carillon/postgres';
    import { Container } from 'inversify';
    import pg from 'pg';

    const url = ${JSON.stringify(POSTGRES_URL)};
    const options = ${JSON.stringify(options)};
    const OrderPlaced = defineEvent('order.placed');
    const container = new Container();
    const provider = postgresQueue({ url, connection: { options } });
    container.register(events({ queues: { mail: { provider } } }));
    const queue = container.get(EventQueue);
    const admin = new pg.Client({ connectionString: url, options });
    await admin.connect();
    await admin.query('CREATE TABLE orders (id text PRIMARY KEY)');
    ${open}

    async function place() {
      ${snippet}
    }
    async function print(what) {
      console.log(what, (await queue.counts('mail')).waiting);
    }

    await place();
    await print('committed');
    await place().catch(() => undefined);
    await print('rolled back');
    const sent = queue.within(${late}).defer(OrderPlaced, '2', { queue: 'mail' });
    console.log('late', (await sent.catch((error) => error)).code);
    await print('late');
    ${close}
    await admin.end();
    await stop(container);
  `;
}

/** The first block of that part of the page. */
function snippetOf(title: string): string {
  const [, part = ''] = readPage('docs/transactions.md').split(`\n## ${title}\n`);
  return /```js\n(.*?)```/s.exec(part)?.[1] ?? '';
}

await withService('PostgreSQL', POSTGRES_PORT, () => {
  const packed = new PackedPackage();
  let project: PackageProject;

  beforeAll(async () => {
    project = await packed.install('postgres-clients', PACKAGES);
  }, 240_000);

  describe('a message within a transaction', () => {
    it.each([
      ['Knex', 'CAR5051'],
      ['MikroORM', 'CAR5051'],
      // It has no way to run a statement.
      ['Sequelize', 'CAR5050'],
    ])(
      'Q12 Q39 of %s is there if and only if that commits',
      async (name, code) => {
        const schema = await PostgresSchema.empty();
        const { options } = schema.connection;
        const client = CLIENTS[name] as Client;
        const file = `${name.toLowerCase()}.js`;
        await project.write({ [file]: programOf(client, snippetOf(name), options) });

        const said = await project.run('node', file);
        await schema.drop();

        expect(said).toEqual({
          code: 0,
          text: `committed 1\nrolled back 1\nlate ${code}\nlate 1`,
        });
      },
      60_000,
    );
  });
});
