/** A schema of PostgreSQL of one test, with the tables of Carillon. */
import { randomUUID } from 'node:crypto';
import { migrate } from 'carillon/postgres';
import pg from 'pg';
import { Connections } from '../../src/engines/postgres/connections.js';

export const POSTGRES_PORT = 5432;
export const POSTGRES_URL = `postgres://postgres@127.0.0.1:${POSTGRES_PORT}/test`;

/** Milliseconds that no slow machine exceeds. */
const PATIENCE = 20_000;

export class PostgresSchema {
  readonly name = `test_${randomUUID().replaceAll('-', '')}`;
  /** What a client has to be told to work in it. */
  readonly connection = { options: `-c search_path=${this.name}` };
  readonly #url: string;
  readonly #admin: pg.Pool;
  readonly #clients: pg.Client[] = [];
  readonly #connections: Connections[] = [];

  private constructor(url: string) {
    this.#url = url;
    this.#admin = new pg.Pool({
      connectionString: url,
      options: `-c search_path=${this.name}`,
      max: 3,
    });
  }

  /** An empty one. */
  static async empty(url = POSTGRES_URL): Promise<PostgresSchema> {
    const schema = new PostgresSchema(url);
    await schema.query(`CREATE SCHEMA ${schema.name}`);
    return schema;
  }

  /** One with tables. */
  static async migrated(url = POSTGRES_URL): Promise<PostgresSchema> {
    const schema = await PostgresSchema.empty(url);
    await migrate({ url, connection: schema.connection, patience: PATIENCE });
    return schema;
  }

  async query<R extends object>(sql: string, values: unknown[] = []): Promise<R[]> {
    return (await this.#admin.query<R>(sql, values)).rows;
  }

  /** A client of a test's own. */
  async client(options = ''): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#url,
      options: `${this.connection.options} ${options}`,
    });
    this.#clients.push(client);
    await client.connect();
    return client;
  }

  /** Connections of a provider. */
  connections(patience = PATIENCE, more: pg.PoolConfig = {}): Connections {
    const connection = { ...this.connection, ...more };
    const connections = new Connections({ url: this.#url, connection, patience });
    this.#connections.push(connections);
    return connections;
  }

  async drop(): Promise<void> {
    await Promise.all(this.#connections.map((connections) => connections.close()));
    await Promise.all(this.#clients.map((client) => client.end()));
    await this.query(`DROP SCHEMA ${this.name} CASCADE`);
    await this.#admin.end();
  }
}

/** What the server refuses. A process that stood still has not heard it, and has given up by itself: then it asks again. */
export async function refusalOf(ask: () => unknown): Promise<unknown> {
  for (;;) {
    const refusal = await Promise.resolve(ask()).then(
      () => undefined,
      (error: { cause?: { code?: string } }) => error,
    );
    if (refusal === undefined || refusal.cause?.code !== undefined) return refusal;
  }
}
