/** The bus on core NATS: subjects, and queue groups for groups. */
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { name, type OptionShape } from '../../../decorators/check-options.js';
import type { BusProvider } from '../../bus/bus-backend.js';
import { notAccepted } from '../../bus/bus-error.js';
import type {
  BusCapabilities,
  BusMessage,
  BusSubscription,
  BusTransport,
  EndSubscription,
  TransportWatcher,
} from '../../bus/bus-transport.js';
import { REMOTE_BUS, type RemoteBusOptions } from '../../bus/remote-bus.js';
import { engineBus } from '../engine-bus.js';
import { escapeWord } from '../topic-words.js';
import { NATS, type NatsOptions, openNats } from './nats-connection.js';

/** How the bus uses NATS. */
export interface NatsBusOptions extends NatsOptions, RemoteBusOptions {
  /** The first word of each subject: `order.placed` is published as `carillon.order.placed`. Default `'carillon'`. */
  readonly prefix?: string;
}

const BUS: OptionShape<NatsBusOptions> = /* @__PURE__ */ (() => ({
  ...NATS,
  ...REMOTE_BUS,
  prefix: name(),
}))();

/** What core NATS can do: it stores nothing, and does not wait for slow subscribers. */
export const NATS_BUS: BusCapabilities = {
  groups: true,
  whenFull: ['drop-oldest', 'drop-newest'],
  keepsForAbsent: false,
  redelivers: false,
};

/**
 * A bus on core NATS. A publish resolves once the server has the message; a subscriber that is not connected misses it.
 *
 * @throws CarillonError `CAR7022` for options that are not valid
 * @example
 * container.register(events({ bus: natsBus({ servers: '127.0.0.1:4222' }) }));
 */
export function natsBus(options: NatsBusOptions = {}): BusProvider {
  return engineBus(
    { name: 'nats', capabilities: NATS_BUS, shape: BUS, Transport: NatsBusTransport },
    options,
  );
}

/** One connection of the bus. */
export class NatsBusTransport implements BusTransport {
  readonly name = 'nats';
  readonly capabilities = NATS_BUS;
  readonly #options: NatsBusOptions;
  readonly #prefix: string;
  #connection: NatsConnection | undefined;
  #isClosed = false;

  constructor(options: NatsBusOptions) {
    this.#options = options;
    this.#prefix = options.prefix ?? 'carillon';
  }

  async connect({ failed }: TransportWatcher): Promise<void> {
    const connection = await openNats(this.#options, failed);
    if (this.#isClosed) {
      await connection.close();
      throw new Error('it was closed meanwhile');
    }
    this.#connection = connection;
  }

  async publish({ topic, text }: BusMessage): Promise<void> {
    const connection = this.#connected();
    try {
      const subject = `${this.#prefix}.${subjectOf(topic.split('.'))}`;
      assertShort(subject);
      connection.publish(subject, text);
    } catch (cause) {
      // The client has sent nothing, for instance because it is too large.
      throw notAccepted('nats', `a message of ${topic.slice(0, SHOWN)}`, cause);
    }
    // The server answers in order: once it answers the ping, it has the message.
    await connection.flush();
  }

  async subscribe({ topic, group, deliver }: BusSubscription): Promise<EndSubscription> {
    const connection = this.#connected();
    const queue: { queue?: string } = group === undefined ? {} : { queue: queueOf(group, topic) };
    const subscriptions: Subscription[] = [];
    const subjects = subjectsOf(this.#prefix, topic);
    for (const subject of subjects) assertShort(subject + (queue.queue ?? ''));
    for (const subject of subjects) {
      subscriptions.push(
        connection.subscribe(subject, {
          ...queue,
          callback: (error, message) => {
            if (error === null) void deliver(message.data);
          },
        }),
      );
    }
    await connection.flush();
    return async () => {
      if (this.#isClosed) return;
      // What the server has sent before it knows of the end still comes: it is sent once only.
      await Promise.all(subscriptions.map((subscription) => subscription.drain()));
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#connection?.close();
  }

  #connected(): NatsConnection {
    if (this.#connection === undefined || this.#isClosed) throw new Error('it is not connected');
    return this.#connection;
  }
}

/** Characters with a meaning in NATS, and those that it does not allow. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are among the reserved characters
const RESERVED = /[\u0000-\u0020\u007f%*>]/g;

/** Bytes of a subject, with the name of its group: a server reads at most 4096 of a line, and ends the connection after more. */
const LONGEST_SUBJECT = 4000;

/** How many characters of a topic an error shows. */
const SHOWN = 100;

/** @throws Error for what the server would not read */
function assertShort(subject: string): void {
  const size = new TextEncoder().encode(subject).length;
  if (size > LONGEST_SUBJECT)
    throw new Error(`its topic has ${size} bytes in NATS, and ${LONGEST_SUBJECT} are allowed`);
}

function subjectOf(segments: readonly string[]): string {
  return segments.map((segment) => escapeWord(segment, RESERVED)).join('.');
}

/** Match each topic of the pattern once, and others too if `**` is not at the end. */
function subjectsOf(prefix: string, pattern: string): readonly string[] {
  const segments = pattern.split('.');
  const any = segments.indexOf('**');
  const fixed = any === -1 ? segments : segments.slice(0, any);
  const head = [
    prefix,
    ...fixed.map((segment) => (segment === '*' ? '*' : subjectOf([segment]))),
  ].join('.');
  if (any === -1) return [head];
  // `>` is one segment or more, `**` is any number, also none.
  return any === segments.length - 1 && any > 0 ? [head, `${head}.>`] : [`${head}.>`];
}

/** The server sends one copy to each queue name, so members may share a name only if they match the same messages. */
function queueOf(group: string, pattern: string): string {
  const any = pattern.indexOf('**');
  const isExact = any === -1 || any === pattern.length - 2;
  return escapeWord(isExact ? group : `${group} ${pattern}`, /[\s%]/g);
}
