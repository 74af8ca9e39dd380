/** Connections to one database that can be closed by force: the client alone would wait for the server. */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { realClock } from '../../dispatch/real-clock.js';
import { settledWithin } from '../../scope/deadline.js';
import { withoutSecrets } from './postgres-error.js';
import type { RunSql } from './run-sql.js';

/** Milliseconds for which the close waits for a server that does not answer. */
const CLOSING = 500;

/** Milliseconds for which the client waits for the server to say that a statement took too long. */
const GRACE = 500;

/** A role may have the server end sessions that do nothing for a time; a listener does nothing by nature. Servers before 14 do not know it. */
const STAY = `SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'`;

/** By that the server ends a session which nobody used. */
const IDLE_SESSION = '57P05';

/** Where the database is, and how it is reached. */
export interface DatabaseAddress {
  readonly url: string;
  /** Where the connection that listens goes, if that is another place. */
  readonly listenUrl?: string | undefined;
  readonly connection?: pg.PoolConfig | undefined;
  /** How long a statement may take, in milliseconds. */
  readonly patience: number;
  /** Whether each connection keeps its own statements; a pooler may give each statement to another one. */
  readonly prepare?: boolean | undefined;
}

export class Connections {
  readonly #config: pg.PoolConfig;
  readonly #listenUrl: string;
  readonly #prepare: boolean;
  readonly #names = new Map<string, string>();
  readonly #sockets = new Set<Duplex>();
  readonly #clients = new Set<pg.Client>();
  #pool: pg.Pool | undefined;
  /** Begins each statement, where the database's own transactions are not those that workers need. */
  #begin: string | undefined;
  #lost = false;
  #failed: (error: Error) => void = () => undefined;

  constructor({ url, listenUrl = url, connection, patience, prepare = true }: DatabaseAddress) {
    this.#listenUrl = listenUrl;
    this.#prepare = prepare;
    this.#config = {
      ...connection,
      connectionString: url,
      connectionTimeoutMillis: patience,
      query_timeout: patience + GRACE,
      stream: () => this.#track(connection?.stream?.() ?? new Socket()),
    };
    // Then the server gives up first, and what is rejected is not stored. A pooler does not take the setting.
    if (prepare) this.#config.statement_timeout = Math.ceil(patience);
  }

  /** Receives the loss of a connection that nobody uses, once until the next statement succeeds. */
  onLoss(failed: (error: Error) => void): void {
    this.#failed = failed;
  }

  /** Runs a statement on a connection of the pool; each connection prepares each text once. */
  readonly run: RunSql = async <Row>(text: string, values: readonly unknown[]) => {
    const client = await this.#connect();
    try {
      if (this.#begin !== undefined) await client.query(this.#begin);
      const name = this.#prepare ? this.#nameOf(text) : undefined;
      const { rows } = await client.query({ name, text, values: [...values] });
      if (this.#begin !== undefined) await client.query('COMMIT');
      this.#lost = false;
      client.release();
      return rows as Row[];
    } catch (cause) {
      const error = withoutSecrets(cause);
      // Whatever the state of the connection is, a new one has none.
      client.release(this.#begin !== undefined || error.effect === 'unknown');
      throw error;
    }
  };

  /** Runs texts of several statements, or a text that is needed once. */
  script(): RunSql {
    return async <Row>(text: string, values: readonly unknown[]) => {
      const client = await this.#connect();
      try {
        const result = await client.query(text, values.length > 0 ? [...values] : undefined);
        client.release();
        return (Array.isArray(result) ? [] : result.rows) as Row[];
      } catch (error) {
        client.release(true);
        throw withoutSecrets(error);
      }
    };
  }

  /** Workers see what was committed before each statement: a role may have another isolation as its default. */
  async readCommitted(): Promise<void> {
    const [row] = await this.script()<{ isolation: string }>(
      `SELECT current_setting('default_transaction_isolation') AS isolation`,
      [],
    );
    if (row?.isolation !== 'read committed') this.#begin = 'BEGIN ISOLATION LEVEL READ COMMITTED';
  }

  /** A connection that listens to a channel. */
  async listener(channel: string, begin: (client: pg.Client) => void): Promise<pg.Client> {
    let client: pg.Client | undefined;
    try {
      client = this.#newListener();
      begin(client);
      await client.connect();
      await client.query(`${STAY}; LISTEN ${channel}`);
      return client;
    } catch (error) {
      // A server that takes connections, but no listeners, would be full of them otherwise.
      void client?.end().catch(() => undefined);
      throw withoutSecrets(error, 'none');
    }
  }

  /** Waits half a second at most for connections to end, then destroys the sockets that are still open. */
  async close(): Promise<void> {
    const ends = [...this.#clients].map((client) => client.end());
    if (this.#pool !== undefined) ends.push(this.#pool.end());
    await settledWithin(realClock, CLOSING, ends);
    for (const socket of this.#sockets) socket.destroy();
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      this.#pool ??= this.#newPool();
      return await this.#pool.connect();
    } catch (error) {
      throw withoutSecrets(error, 'none');
    }
  }

  #newListener(): pg.Client {
    const { statement_timeout: _, ...config } = this.#config;
    const client = new pg.Client({ ...config, keepAlive: true, connectionString: this.#listenUrl });
    this.#clients.add(client);
    client.on('error', () => this.#clients.delete(client));
    client.on('end', () => this.#clients.delete(client));
    return client;
  }

  #newPool(): pg.Pool {
    const pool = new pg.Pool(this.#config);
    // A connection that is lost rejects its query; without a listener its error would also end the process.
    pool.on('connect', (client) => client.on('error', () => undefined));
    pool.on('error', (cause) => {
      const error = withoutSecrets(cause);
      if (this.#lost || error.code === IDLE_SESSION) return;
      this.#lost = true;
      this.#failed(error);
    });
    return pool;
  }

  #nameOf(text: string): string {
    const name = this.#names.get(text) ?? `carillon_${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }

  #track(socket: Duplex): Duplex {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
