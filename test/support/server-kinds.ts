/** The servers of engines that tests run by themselves. */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'amqplib';
import pg from 'pg';
import { freePort, programOf, type ServerKind } from './own-server.js';

/** What has been accepted is on the disk. */
export const REDIS: ServerKind = {
  program: 'redis-server',
  args: (port, folder) => [
    ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
    ...['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'],
  ],
};

export const NATS: ServerKind = {
  program: 'nats-server',
  args: (port, folder) => ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder],
};

/** Where Debian has the programs of each version. */
const VERSIONS = '/usr/lib/postgresql';
const POSTGRES_FOLDERS = existsSync(VERSIONS)
  ? readdirSync(VERSIONS).map((version) => join(VERSIONS, version, 'bin'))
  : [];

export const POSTGRES: ServerKind = {
  program: 'postgres',
  folders: POSTGRES_FOLDERS,
  stop: 'SIGINT',
  user: process.getuid?.() === 0 ? userOf('postgres') : undefined,
  prepare: (folder) => {
    const { user } = POSTGRES;
    if (user !== undefined) chownSync(folder, user.uid, user.gid);
    const initdb = programOf({ ...POSTGRES, program: 'initdb' });
    execFileSync(initdb, ['-D', folder, '-U', 'postgres', '-A', 'trust', '--no-sync'], {
      ...user,
      cwd: folder,
      stdio: 'ignore',
    });
  },
  args: (port, folder) => [
    ...['-D', folder, '-p', String(port)],
    ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
  ],
  answers: async (port) => {
    const client = new pg.Client({ connectionString: postgresUrl(port) });
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  },
};

/** The database that a server of its own begins with. */
export function postgresUrl(port: number): string {
  return `postgres://postgres@127.0.0.1:${port}/postgres`;
}

/** A pooler in transaction mode in front of the database on that port; each connection that it makes there has that search path. */
export function pgBouncer(database: number, searchPath: string): ServerKind {
  const { user } = POSTGRES;
  return {
    program: 'pgbouncer',
    folders: ['/usr/sbin'],
    user,
    prepare: (folder) => {
      if (user !== undefined) chownSync(folder, user.uid, user.gid);
    },
    args: (port, folder) => {
      const file = join(folder, 'pgbouncer.ini');
      writeFileSync(file, poolerOptions(port, database, searchPath));
      return [file];
    },
  };
}

function poolerOptions(port: number, database: number, searchPath: string): string {
  return `[databases]
test = host=127.0.0.1 port=${database} dbname=test user=postgres connect_query='SET search_path TO ${searchPath}'
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
`;
}

export const RABBITMQ: ServerKind = {
  program: 'rabbitmq-server',
  // Where Debian has it: started from there, it may run as anybody.
  folders: ['/usr/lib/rabbitmq/bin'],
  args: () => [],
  env: async (port, folder) => ({
    HOME: folder,
    RABBITMQ_NODENAME: `carillon-${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(await freePort()),
    RABBITMQ_MNESIA_BASE: folder,
    RABBITMQ_LOG_BASE: folder,
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_CONFIG_FILE: join(folder, 'none'),
  }),
  answers: async (port) => {
    try {
      await (await connect(`amqp://127.0.0.1:${port}`)).close();
      return true;
    } catch {
      return false;
    }
  },
};

/** That server refuses to run as the administrator. */
function userOf(name: string): ServerKind['user'] {
  try {
    const [uid = 0, gid = 0] = ['-u', '-g'].map((option) =>
      Number(execFileSync('id', [option, name], { stdio: 'pipe' })),
    );
    return { uid, gid };
  } catch {
    return undefined;
  }
}
