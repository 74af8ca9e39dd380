/** The connections that the queues of one provider share: they are there while one of them is open. */
import type { Redis } from 'ioredis';
import { gatherWrites } from '../gather-writes.js';
import { Shared } from '../shared.js';
import { connectRedis, disconnectAll, type RedisOptions, redisClient } from './redis-connection.js';
import { StatesOnce } from './redis-trouble.js';

/** A queue that uses the connections. */
export interface RedisUser {
  /** The server is there again. */
  ready(): void;
  /** The connection of the workers was closed, and not by its users. */
  lost(error: Error): void;
}

/** What a queue gets. */
export interface OpenRedis {
  /** Refuses a command that cannot be sent now. */
  readonly commands: Redis;
  /** What the server says of itself. */
  readonly info: string;
  /** Whether the queue is the first one on these connections. */
  readonly isFirst: boolean;
  /** Connects what workers have in common. */
  work(): Promise<WorkConnection>;
  /** Whether trouble of a connection is told for the first time since the server was there, by whichever queue. */
  isNew(error: unknown): boolean;
  /** Once; the last one disconnects. */
  leave(): Promise<void>;
}

/** What workers have in common. */
export interface WorkConnection {
  /** Keeps commands until it is connected. */
  readonly client: Redis;
  /** Runs an action, and returns the copies of the client that it has made for its blocking reads. */
  copiesOf(action: () => void): readonly Redis[];
}

interface Connected {
  readonly users: ReadonlySet<RedisUser>;
  readonly commands: Redis;
  readonly info: string;
  readonly lost: StatesOnce;
  work: Promise<WorkConnection> | undefined;
  readonly clients: Redis[];
}

export class SharedRedis {
  readonly #options: RedisOptions;
  readonly #patience: number;
  readonly #shared = new Shared<RedisUser, Connected>((users) => this.#connect(users), disconnect);

  /** @param patience milliseconds */
  constructor(options: RedisOptions, patience: number) {
    this.#options = options;
    this.#patience = patience;
  }

  async join(user: RedisUser): Promise<OpenRedis> {
    const isFirst = !this.#shared.isOpen;
    const { opened, leave } = await this.#shared.join(user);
    const { commands, info, lost } = opened;
    return {
      commands,
      info,
      isFirst,
      work: () => this.#work(opened),
      isNew: (error) => lost.isNew(error),
      leave,
    };
  }

  async #connect(users: ReadonlySet<RedisUser>): Promise<Connected> {
    const lost = new StatesOnce();
    const commands = redisClient(this.#options, () => undefined, {
      // A command that cannot be sent now is refused: kept, it could take effect after its caller was told that it failed.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      socketTimeout: this.#patience,
    });
    commands.on('ready', () => {
      lost.recovered();
      for (const user of users) user.ready();
    });
    try {
      await connectRedis(commands);
      const info = await commands.info();
      return { users, commands, info, lost, work: undefined, clients: [commands] };
    } catch (error) {
      commands.disconnect();
      throw error;
    }
  }

  #work(connected: Connected): Promise<WorkConnection> {
    connected.work ??= this.#connectWork(connected).catch((error: unknown) => {
      connected.work = undefined;
      throw error;
    });
    return connected.work;
  }

  async #connectWork(connected: Connected): Promise<WorkConnection> {
    const client = redisClient(this.#options, () => undefined);
    // What ends in one turn is told together. Each connection has a socket of its own.
    client.on('connect', () => gatherWrites(client.stream));
    // Where nothing is being written the client has no error to tell.
    client.on('close', () => {
      for (const user of connected.users) user.lost(lostError());
    });
    let copies: Redis[] = [];
    const duplicate = client.duplicate.bind(client);
    client.duplicate = (...options) => {
      const copy = duplicate(...options);
      copies.push(copy);
      return copy;
    };
    connected.clients.push(client);
    try {
      await connectRedis(client);
    } catch (error) {
      connected.clients.splice(connected.clients.indexOf(client), 1);
      await disconnectAll([client]);
      throw error;
    }
    return {
      client,
      copiesOf: (action) => {
        copies = [];
        action();
        return copies;
      },
    };
  }
}

function lostError(): Error {
  return Object.assign(new Error('the connection was lost'), { code: 'ECONNRESET' });
}

async function disconnect({ clients }: Connected): Promise<void> {
  await disconnectAll(clients);
  // A worker that is closed only now disconnects again, which sets a timer although nothing is connected.
  for (const client of clients) client.disconnect = () => undefined;
}
