/** A RabbitMQ of a test's own, which it kills and starts again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'amqplib';

/** Where Debian has it: started from there, it may run as anybody. */
const PROGRAM = '/usr/lib/rabbitmq/bin/rabbitmq-server';

export const hasRabbitServer = existsSync(PROGRAM);

export class RabbitServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'carillon-rabbitmq-'));
  readonly #port: number;
  readonly #inner: number;
  #process: ChildProcess | undefined;

  private constructor(port: number, inner: number) {
    this.#port = port;
    this.#inner = inner;
  }

  static async create(): Promise<RabbitServer> {
    return new RabbitServer(await freePort(), await freePort());
  }

  get url(): string {
    return `amqp://127.0.0.1:${this.#port}`;
  }

  /** Resolves once it takes connections. */
  async start(): Promise<void> {
    const folder = this.#folder;
    const env = {
      ...process.env,
      HOME: folder,
      RABBITMQ_NODENAME: `carillon-${this.#port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(this.#port),
      RABBITMQ_DIST_PORT: String(this.#inner),
      RABBITMQ_MNESIA_BASE: folder,
      RABBITMQ_LOG_BASE: folder,
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
      RABBITMQ_CONFIG_FILE: join(folder, 'none'),
    };
    // A group of its own: the program is a script, and what it starts has to go with it.
    this.#process = spawn(PROGRAM, [], { env, detached: true, stdio: 'ignore' });
    while (!(await this.#answers())) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  /** In order, so that everything is on the disk. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** As a power failure does it. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.pid === undefined || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    process.kill(-child.pid, signal);
    await ended;
  }

  async #answers(): Promise<boolean> {
    if (this.#process?.exitCode !== null) throw new Error('RabbitMQ has ended by itself');
    try {
      await (await connect(this.url)).close();
      return true;
    } catch {
      return false;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
