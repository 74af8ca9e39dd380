/** The engines on this machine, with names of their own for one program, and the removal of what it leaves. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeAll } from '../support/close-all.js';
import { POSTGRES_PORT, POSTGRES_URL, PostgresSchema } from '../support/postgres-schema.js';
import { removeExchange, removeQueues } from '../support/rabbit-queues.js';
import { removeKeys, removeStreams } from '../support/remove-queues.js';

/** Options of a queue and of a bus, as plain data. */
interface Opened {
  readonly queue: object;
  /** Nothing where the engine has no bus. */
  readonly bus?: object;
  close(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  /** The subpath of the package. */
  readonly subpath: string;
  /** What has to be installed beside the package. */
  readonly packages: readonly string[];
  /** What its client asks Deno for. */
  readonly permissions: readonly string[];
  open(): Promise<Opened>;
}

export interface ServerEngine extends Engine {
  /** Where its server listens. */
  readonly port: number;
}

export const SQLITE: Engine = {
  name: 'SQLite',
  subpath: 'sqlite',
  packages: ['libsql@0.5.29'],
  permissions: ['--allow-read', '--allow-env', '--allow-sys', '--allow-ffi'],
  open: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'carillon-runtimes-'));
    return {
      queue: { file: join(folder, 'queues.db') },
      close: async () => rmSync(folder, { recursive: true }),
    };
  },
};

const REDIS: ServerEngine = {
  name: 'Redis',
  subpath: 'redis',
  packages: ['ioredis@5.11.1', 'bullmq@6.7.0'],
  permissions: ['--allow-net', '--allow-env'],
  port: 6379,
  open: async () => {
    const prefix = `test-${randomUUID()}`;
    return {
      queue: { prefix },
      bus: { stream: `${prefix}:bus` },
      close: () => removeKeys(prefix),
    };
  },
};

const POSTGRES: ServerEngine = {
  name: 'PostgreSQL',
  subpath: 'postgres',
  packages: ['pg@8.23.1'],
  permissions: ['--allow-net', '--allow-env'],
  port: POSTGRES_PORT,
  open: async () => {
    const schema = await PostgresSchema.empty();
    const options = { url: POSTGRES_URL, connection: schema.connection };
    return { queue: options, bus: options, close: () => schema.drop() };
  },
};

const RABBITMQ: ServerEngine = {
  name: 'RabbitMQ',
  subpath: 'rabbitmq',
  packages: ['amqplib@2.3.1'],
  permissions: ['--allow-net'],
  port: 5672,
  open: async () => {
    const prefix = `test-${randomUUID()}`;
    const exchange = `${prefix}.bus`;
    return {
      queue: { prefix },
      // Without members they are gone after these times.
      bus: { exchange, retention: 60_000, subscriberRetention: 60_000 },
      close: () =>
        closeAll(
          () => removeQueues(prefix, 'bells'),
          () => removeExchange(exchange),
        ),
    };
  },
};

const NATS: ServerEngine = {
  name: 'NATS',
  subpath: 'nats',
  packages: ['@nats-io/jetstream@3.4.0', '@nats-io/transport-node@3.4.0'],
  permissions: ['--allow-net'],
  port: 4222,
  open: async () => {
    const prefix = `test-${randomUUID()}`;
    return { queue: { prefix }, bus: { prefix }, close: () => removeStreams(prefix) };
  },
};

export const SERVER_ENGINES = [REDIS, POSTGRES, RABBITMQ, NATS] as const;
