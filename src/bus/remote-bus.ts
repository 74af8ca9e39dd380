/** The bus on an engine: what is the same for all engines. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { checkKnownOptions, type OptionShape } from '../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../decorators/duration.js';
import type { EventKey } from '../../decorators/event-key.js';
import { type GroupOptions, groupSubject } from '../../decorators/group-options.js';
import type { WhenFull } from '../../decorators/when-full.js';
import type { Clock } from '../dispatch/clock.js';
import { continuedFacts } from '../dispatch/correlation.js';
import { endedError } from '../dispatch/errors.js';
import type { Handler } from '../dispatch/handler.js';
import { MESSAGE, type MessageOptions } from '../events/codec-options.js';
import { isThrown } from '../events/describe-thrown.js';
import { MessageCodec } from '../events/message-codec.js';
import { settledWithin, within } from '../scope/deadline.js';
import type { Scope } from '../scope/scope.js';
import type { BusBackend, BusProvider } from './bus-backend.js';
import { engineTrouble, notStarted, notSubscribed, notTaken, tooEarly } from './bus-error.js';
import type { BusCapabilities, BusTransport } from './bus-transport.js';
import { OpenPublishes } from './open-publishes.js';
import { StartContext } from './start-context.js';
import type { SubscriberChannel } from './subscriber-channel.js';
import { type ChannelsBus, SubscriberChannels } from './subscriber-channels.js';
import { groupOf, Subscribers } from './subscribers.js';

/** Options of a bus on any engine. Those for subscribers are defaults for handlers that set none. */
export interface RemoteBusOptions extends Omit<GroupOptions, 'group'>, MessageOptions {
  /** The time that the engine has for accepting a message; a publish is rejected after that. `Infinity` for no limit. Default `'5s'`. */
  readonly acceptWithin?: Duration;
  /** The time that a start has for connecting and subscribing. `Infinity` for no limit. Default `'10s'`. */
  readonly connectWithin?: Duration;
}

/** An engine, and what makes its transports. */
export interface BusEngine {
  /** What errors call it: `'nats'`. */
  readonly name: string;
  /** What the engine can do. What it cannot is refused before it is asked for. */
  readonly capabilities: BusCapabilities;
  /** Makes a transport, which is not connected yet. Called for each attempt to start. */
  connect(): BusTransport;
}

/** At most this many messages wait for the start; the next one is refused. */
const EARLY = 1000;

/**
 * Makes what `events({ bus })` takes from a transport.
 *
 * @param engine its `connect` makes a transport for each application and for each attempt to start
 * @throws CarillonError `CAR7022` for invalid options
 * @example
 * export const carrierBus = (options: CarrierOptions) =>
 *   remoteBus({ name: 'carrier', capabilities, connect: () => new CarrierTransport(options) }, options);
 */
export function remoteBus(engine: BusEngine, options: RemoteBusOptions = {}): BusProvider {
  checkKnownOptions('CAR7022', `The bus on ${engine.name}`, REMOTE_BUS, options);
  checkWhenFull(engine, options);
  const { name, capabilities } = engine;
  return { name, capabilities, attach: (scope) => new RemoteBus(engine, options, scope) };
}

class RemoteBus implements BusBackend, ChannelsBus {
  readonly codec: MessageCodec;
  readonly subscribers: Subscribers;
  readonly context = new StartContext();
  readonly options: RemoteBusOptions;
  readonly #engine: BusEngine;
  readonly #scope: Scope;
  readonly #channels = new SubscriberChannels(this);
  /** Subscriptions that the engine has not confirmed yet. */
  readonly #opening = new Set<Promise<unknown>>();
  /** Requests that the engine has not answered yet. */
  readonly #pending = new Set<Promise<unknown>>();
  /** How many messages handlers have left that nobody gets; reported together. */
  readonly #lost = new Map<Handler, number>();
  readonly #publishes: OpenPublishes;
  #transport: BusTransport | undefined;
  /** The transport of a start that is not complete. */
  #attempt: BusTransport | undefined;
  #starting: Promise<void> | undefined;
  #early: { open(): void; refuse(error: CarillonError): void }[] = [];
  #failure: CarillonError | undefined;
  #draining = false;
  #ended = false;

  constructor(engine: BusEngine, options: RemoteBusOptions, scope: Scope) {
    const { source = `/${encodeURIComponent(scope.name)}`, reader, limits } = options;
    this.#engine = engine;
    this.options = options;
    this.#scope = scope;
    this.codec = new MessageCodec({ source, reader, limits });
    this.subscribers = new Subscribers(options, this.whenFull, engine.name);
    const acceptWithin = milliseconds(options.acceptWithin ?? 5000);
    this.#publishes = new OpenPublishes(engine.name, scope.runtime.clock, acceptWithin);
  }

  report(error: CarillonError): void {
    if (!this.#ended) this.#scope.runtime.report(error);
  }

  get name(): string {
    return this.#engine.name;
  }

  get capabilities(): BusCapabilities {
    return this.#engine.capabilities;
  }

  add(handler: Handler): () => void {
    const leave = this.#channels.add(handler);
    return () => {
      const waiting = this.subscribers.end(handler);
      leave();
      for (const { done } of waiting) done('returned');
      if (waiting.length > 0 && groupOf(handler) === undefined)
        this.#scope.runtime.report(notTaken(handler, waiting.length));
    };
  }

  async publish(key: EventKey, payload: unknown): Promise<void> {
    const { telemetry } = this.#scope.runtime;
    if (telemetry === undefined) return this.#send(key, payload);
    const destination = this.codec.nameOf(key);
    const sending = {
      verb: 'publish',
      system: this.name,
      destination,
      event: key,
      count: 1,
    } as const;
    return telemetry.send(sending, () => this.#send(key, payload));
  }

  async #send(key: EventKey, payload: unknown): Promise<void> {
    const { envelope, text } = await this.codec.encode(
      key,
      payload,
      continuedFacts(this.#scope.runtime),
    );
    const { type, id } = envelope;
    const transport = this.#transport ?? (await this.#opened(type));
    this.#scope.assertOpen();
    await this.#publishes.send(transport, { topic: type, id, text });
  }

  start(): Promise<void> {
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  async ready(): Promise<void> {
    await this.#opened();
    await Promise.all(this.#opening);
    if (this.#failure !== undefined) throw this.#failure;
    this.#scope.assertOpen();
  }

  async drained(): Promise<void> {
    this.#draining = true;
    if (this.#transport === undefined) return;
    const channels = this.#channels.all;
    const closing = channels.map((channel) => this.#track(channel.close()));
    // What is on its way comes again, or for another member, unless the engine forgets what it has sent.
    if (!this.capabilities.redelivers) await Promise.allSettled(closing);
    await Promise.all(channels.map((channel) => channel.read()));
    await this.subscribers.idle();
  }

  end(): void {
    this.#ended = true;
    const early = this.#early;
    this.#early = [];
    for (const { refuse } of early) refuse(this.#endedError());
  }

  leave(): readonly string[] {
    return this.#publishes.giveUp();
  }

  async close(): Promise<void> {
    this.#ended = true;
    const transport = this.#transport ?? this.#attempt;
    this.#transport = undefined;
    if (transport === undefined) return;
    for (const channel of this.#channels.all) void this.#track(channel.close());
    this.#channels.clear();
    await this.#publishes.answered();
    // An engine that does not answer is left; the transport's own close is bounded.
    await settledWithin(this.#clock, 1000, [...this.#pending]);
    await transport.close();
    this.context.end();
  }

  get #clock(): Clock {
    return this.#scope.runtime.clock;
  }

  get whenFull(): WhenFull {
    return this.options.whenFull ?? (this.#engine.capabilities.whenFull[0] as WhenFull);
  }

  async #start(): Promise<void> {
    const connectWithin = milliseconds(this.options.connectWithin ?? 10_000);
    const transport = this.#engine.connect();
    const failed = (cause: unknown) =>
      this.report(isThrown(cause, CarillonError) ? cause : engineTrouble(this.#engine.name, cause));
    this.#attempt = transport;
    this.context.begin();
    try {
      const late = () => new Error(`no answer for ${connectWithin} ms`);
      await within(this.#clock, connectWithin, this.#connect(transport, failed), late);
    } catch (cause) {
      for (const channel of this.#channels.all) void channel.close().catch(failed);
      await transport.close();
      this.context.end();
      if (this.#ended) throw this.#endedError();
      throw notStarted(this.#engine.name, cause);
    }
    if (this.#ended) {
      await transport.close();
      throw this.#endedError();
    }
    this.#transport = transport;
    // Handlers that were wired meanwhile.
    for (const channel of this.#channels.all) this.openChannel(channel);
    const early = this.#early;
    this.#early = [];
    for (const { open } of early) open();
  }

  async #connect(transport: BusTransport, failed: (cause: unknown) => void): Promise<void> {
    await transport.connect({ failed });
    if (this.#draining) return;
    await Promise.all(this.#channels.all.map((channel) => channel.open(transport)));
  }

  returned(handler: Handler): void {
    // Such an engine does not give it to anybody else.
    if (this.capabilities.redelivers) return;
    if (this.#lost.size === 0) void Promise.resolve().then(() => this.#reportLost());
    this.#lost.set(handler, (this.#lost.get(handler) ?? 0) + 1);
  }

  openChannel(channel: SubscriberChannel): void {
    if (this.#transport === undefined || this.#draining) return;
    const opening = this.#track(channel.open(this.#transport)).catch((cause: unknown) => {
      if (this.#ended) return;
      this.#failure = notSubscribed(this.#engine.name, channel.route.topic, cause);
      this.report(this.#failure);
    });
    this.#opening.add(opening);
    void opening.then(() => this.#opening.delete(opening));
  }

  closeChannel(channel: SubscriberChannel): void {
    if (this.#ended) return;
    void this.#track(channel.close()).catch((error: unknown) =>
      this.report(error as CarillonError),
    );
  }

  /** The transport once it is connected. */
  async #opened(type?: string): Promise<BusTransport> {
    if (this.#ended) throw this.#endedError();
    if (this.#transport === undefined) {
      if (type !== undefined && this.#early.length >= EARLY) throw tooEarly(type, EARLY);
      await new Promise<void>((open, refuse) => this.#early.push({ open, refuse }));
    }
    return this.#transport as BusTransport | undefined as BusTransport;
  }

  #reportLost(): void {
    for (const [handler, count] of this.#lost) this.#scope.runtime.report(notTaken(handler, count));
    this.#lost.clear();
  }

  #track<T>(promise: Promise<T>): Promise<T> {
    this.#pending.add(promise);
    const settled = () => this.#pending.delete(promise);
    promise.then(settled, settled);
    return promise;
  }

  #endedError(): CarillonError {
    return endedError(this.#scope.name);
  }
}

/** What a bus on any engine takes. */
export const REMOTE_BUS: OptionShape<RemoteBusOptions> = /* @__PURE__ */ (() => {
  const { concurrency, limit, whenFull } = groupSubject.shape;
  const time = duration({ above: 0, unlimited: true });
  return { concurrency, limit, whenFull, ...MESSAGE, acceptWithin: time, connectWithin: time };
})();

function checkWhenFull({ name, capabilities }: BusEngine, { whenFull }: RemoteBusOptions): void {
  if (whenFull === undefined || capabilities.whenFull.includes(whenFull)) return;
  throw new CarillonError('CAR7022', `The bus on ${name} cannot do whenFull: '${whenFull}'.`);
}
