/** An AsyncAPI 3.1 document of what a program publishes, defers and hears, from its declarations alone. */
import {
  callback,
  checkOptions,
  isOptions,
  kind,
  needed,
  type OptionShape,
} from '../../../decorators/check-options.js';
import { DEFAULT_QUEUE } from '../../../decorators/declaration.js';
import type { EventKey } from '../../../decorators/event-key.js';
import { type DescribeOptions, describe, describedEvents } from '../describe.js';
import type { Topology, TopologyEvent, TopologyHandler } from '../topology.js';
import {
  type AsyncApiChannel,
  type AsyncApiDocument,
  type AsyncApiInfo,
  type AsyncApiMessage,
  type AsyncApiOperation,
  keyOf,
  type Reference,
} from './asyncapi-document.js';
import { type ClassSchemas, PayloadSchemas } from './payload-schemas.js';

/** What the document cannot know from the program. */
export interface AsyncApiOptions extends DescribeOptions {
  /** The document's `info`: `title` and `version` have to be given, other fields are copied. */
  readonly info: AsyncApiInfo;
  /** The document's `servers`, as they stand. Default none. */
  readonly servers?: Readonly<Record<string, unknown>>;
  /**
   * Makes the schemas of payload classes that give none themselves by `@EventType({ schema })`; see {@link classValidatorSchemas}. Default: such
   * payloads may be anything.
   */
  readonly schemas?: ClassSchemas;
}

const OPTIONS: OptionShape<AsyncApiOptions> = /* @__PURE__ */ (() => ({
  info: needed(kind(isInfo, '{ title, version }: two texts')),
  servers: kind(isOptions, 'an object of servers by name'),
  schemas: callback(),
  observed: kind(isOptions, 'what observeEmits() gives'),
}))();

/**
 * Describes in AsyncAPI 3.1 what travels: a channel for each event on the bus and for each queue, an operation for each method that hears or
 * sends one. What is only emitted stays in its scope, and is left out. Starts nothing and needs no engine.
 *
 * @param container a container with events, or an application
 * @throws CarillonError `CAR7071` for options that are wrong, and what {@link describe} throws
 * @example
 * const document = asyncApi(container, { info: { title: 'Orders', version: '1.0.0' } });
 * writeFileSync('asyncapi.json', JSON.stringify(document));
 */
export function asyncApi(container: object, options: AsyncApiOptions): AsyncApiDocument {
  checkOptions('CAR7071', 'asyncApi()', OPTIONS, options);
  const topology = describe(container, options);
  const writer = new DocumentWriter(topology, describedEvents(container, options), options);
  return writer.document(options);
}

function isInfo(value: unknown): boolean {
  const { title, version } = (value ?? {}) as Partial<AsyncApiInfo>;
  return typeof title === 'string' && typeof version === 'string';
}

/** Where an event travels. */
interface Route {
  readonly kind: 'bus' | 'queue';
  /** The name of the queue, or the event on the bus. */
  readonly name: string;
}

type WritableChannel = Omit<AsyncApiChannel, 'messages'> & {
  readonly messages: Record<string, Reference>;
};

class DocumentWriter {
  readonly #topology: Topology;
  readonly #events: ReadonlyMap<string, TopologyEvent>;
  readonly #keys: ReadonlyMap<string, EventKey>;
  readonly #schemas: PayloadSchemas;
  readonly #channels = new Map<string, WritableChannel>();
  readonly #operations = new Map<string, AsyncApiOperation>();
  readonly #messages = new Map<string, AsyncApiMessage>();

  constructor(
    topology: Topology,
    keys: ReadonlyMap<string, EventKey>,
    { schemas = () => undefined }: AsyncApiOptions,
  ) {
    this.#topology = topology;
    this.#keys = keys;
    this.#events = new Map(topology.events.map((event) => [event.id, event]));
    this.#schemas = new PayloadSchemas(schemas);
  }

  document({ info, servers }: AsyncApiOptions): AsyncApiDocument {
    for (const handler of this.#topology.handlers) this.#receives(handler);
    this.#sends();
    return {
      asyncapi: '3.1.0',
      info,
      ...(servers === undefined ? {} : { servers }),
      channels: sorted(this.#channels),
      operations: sorted(this.#operations),
      components: { messages: sorted(this.#messages), schemas: this.#schemas.components },
    };
  }

  #receives({ className, event, method, queue, verb }: TopologyHandler): void {
    const heard = this.#events.get(event);
    if (heard === undefined || (verb !== 'Subscribe' && verb !== 'Deferred')) return;
    const route: Route =
      verb === 'Deferred'
        ? { kind: 'queue', name: this.#queueName(queue) }
        : { kind: 'bus', name: heard.type ?? heard.name };
    this.#operate('receive', heard, { route, title: titleOf(className, method) });
  }

  #sends(): void {
    const emitters = new Map(this.#topology.emitters.map((emitter) => [emitter.id, emitter]));
    for (const { from, kind: way, to } of this.#topology.edges) {
      const [emitter, event] = [emitters.get(from), this.#events.get(to)];
      if (emitter === undefined || event === undefined) continue;
      const title = titleOf(emitter.className, emitter.method);
      for (const route of this.#routesOf(way, event))
        this.#operate('send', event, { route, title });
    }
  }

  /** What is deferred goes to each queue that has a handler for it. */
  #routesOf(way: string, event: TopologyEvent): readonly Route[] {
    if (way === 'publish') return [{ kind: 'bus', name: event.type ?? event.name }];
    if (way !== 'defer') return [];
    const queues = new Set(
      this.#topology.handlers
        .filter((handler) => handler.verb === 'Deferred' && handler.event === event.id)
        .map(({ queue }) => this.#queueName(queue)),
    );
    return [...(queues.size === 0 ? [DEFAULT_QUEUE] : queues)].map((name) => ({
      kind: 'queue',
      name,
    }));
  }

  #queueName(id: string | undefined): string {
    return this.#topology.queues.find((queue) => queue.id === id)?.name ?? DEFAULT_QUEUE;
  }

  #operate(
    action: AsyncApiOperation['action'],
    event: TopologyEvent,
    { route, title }: { readonly route: Route; readonly title: string },
  ): void {
    const channel = keyOf(route.kind, route.name);
    const message = this.#message(channel, route, event);
    const key = keyOf(action, title, channel);
    const before = this.#operations.get(key)?.messages ?? [];
    const reference = { $ref: `#/channels/${channel}/messages/${message}` };
    const isKnown = before.some(({ $ref }) => $ref === reference.$ref);
    this.#operations.set(key, {
      action,
      title,
      channel: { $ref: `#/channels/${channel}` },
      messages: isKnown ? before : [...before, reference],
    });
  }

  /** Each channel has component messages of its own: where two channels share one, the parser gives an operation the id of the other's. */
  #message(channel: string, route: Route, event: TopologyEvent): string {
    const { name, type = name } = event;
    const message = keyOf(type);
    const component = `${channel}.${message}`;
    this.#messages.set(component, {
      name: type,
      title: name,
      contentType: 'application/cloudevents+json',
      payload: this.#schemas.messageOf(event, this.#keys.get(event.id)),
    });
    const known = this.#channels.get(channel) ?? newChannel(route);
    this.#channels.set(channel, known);
    known.messages[message] = { $ref: `#/components/messages/${component}` };
    return message;
  }
}

function newChannel({ kind: way, name }: Route): WritableChannel {
  const isQueue = way === 'queue';
  const parameters: Record<string, { readonly description: string }> = {};
  let count = 0;
  // A segment of a pattern is what AsyncAPI calls a parameter of the address.
  const address = isQueue
    ? name
    : name.replaceAll(/\*+/g, (stars) => {
        count += 1;
        const parameter = `segment${count}`;
        parameters[parameter] = {
          description: stars === '*' ? 'One segment of the topic.' : 'Any number of segments.',
        };
        return `{${parameter}}`;
      });
  return {
    address,
    title: name,
    description: isQueue
      ? 'A queue: each message is handled once for each handler.'
      : 'An event on the bus: each subscriber, or one of each group, hears it.',
    messages: {},
    ...(count === 0 ? {} : { parameters }),
  };
}

function titleOf(className: string, method: string): string {
  return className === '' ? method : `${className}.${method}`;
}

function sorted<T>(entries: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
