/** What the cases of the bus share: the engine under test, and the processes that a case puts on it. */
import type { BusCapabilities, BusSubscription, BusTransport } from '../bus/bus-transport.js';
import type { RemoteBusOptions } from '../bus/remote-bus.js';
import { BusMember } from './bus-member.js';
import type { EngineProcess, EngineServer } from './engine-process.js';

/** Faults of the connections of a case, made by a proxy in front of the engine. */
export interface BusFaults {
  /** Cuts every connection, and refuses new ones until {@link mend}. */
  cut(): Promise<void>;
  /** Drops everything silently, in both directions, until {@link mend}. */
  silence(): Promise<void>;
  /** Ends the fault; connections can be made again. */
  mend(): Promise<void>;
}

/**
 * Processes that can be killed. They write each step as a line into a ledger, a store outside the engine, before they go on.
 */
export interface BusProcesses {
  /**
   * Starts a member of the group `'workers'`, with one message in progress and one waiting, and resolves once it is subscribed. It hears the topic
   * `'compliance.work'` with the payload `{ n, hold }`: it writes `begun n`; where `hold` is true and it is the first to begin that `n`, it
   * never settles; and after some milliseconds it writes `done n`. What it does not confirm is given to another within some seconds after its death.
   */
  subscriber(): Promise<EngineProcess>;
  /** Starts a program that publishes `{ n }`, one after another, from 1 on, and writes `accepted n` when `publish` has resolved. */
  publisher(): Promise<EngineProcess>;
  /** The lines so far, of all processes. */
  ledger(): Promise<readonly string[]>;
}

/** A bus on a server that only the case works with. */
export interface BusServer {
  /** Stops and starts it. */
  readonly server: EngineServer;
  /** A new transport, not connected. */
  transport(): BusTransport;
}

/** An engine for one case: nothing of any other case is in it. */
export interface BusUnderTest {
  /** A new transport, not connected; through the proxy, if there are faults. */
  transport(): BusTransport;
  /** A new transport that no fault touches. Needed with {@link faults}. */
  undisturbed?(): BusTransport;
  /** Faults between members and server. Capability `faults`. */
  readonly faults?: BusFaults;
  /** One that runs, on which what a member does not confirm is given to another within four seconds. Capability `restart`. */
  server?(): Promise<BusServer>;
  /** Capability `kill`. */
  readonly processes?: BusProcesses;
  /** Removes everything that the case left in the engine. */
  close(): Promise<void>;
}

/** The capabilities of an engine, and the means that the suite has for it. */
export interface BusSuiteCapabilities extends BusCapabilities {
  /** {@link BusUnderTest.faults} are there. */
  readonly faults?: boolean;
  /** {@link BusUnderTest.server} is there. */
  readonly restart?: boolean;
  /** {@link BusUnderTest.processes} are there. */
  readonly kill?: boolean;
}

/** An engine, and the processes that a case has put on it. */
export class BusWorld {
  readonly #members: BusMember[] = [];

  constructor(
    readonly name: string,
    readonly engine: BusUnderTest,
    readonly capabilities: BusSuiteCapabilities,
  ) {}

  get faults(): BusFaults {
    return this.engine.faults as BusFaults;
  }

  get processes(): BusProcesses {
    return this.engine.processes as BusProcesses;
  }

  server(): Promise<BusServer> {
    return (this.engine.server as () => Promise<BusServer>)();
  }

  /** One more process. */
  member(options?: RemoteBusOptions): BusMember {
    return this.#added(() => this.engine.transport(), options);
  }

  /** One more process, which tells of each message that the engine delivers, by its subscription. */
  watched(delivered: (subscription: BusSubscription) => void): BusMember {
    return this.#added(() => watched(this.engine.transport(), delivered), undefined);
  }

  /** One more process, out of reach of the faults. */
  undisturbed(options?: RemoteBusOptions): BusMember {
    const { engine } = this;
    return this.#added(
      () => (engine.undisturbed === undefined ? engine.transport() : engine.undisturbed()),
      options,
    );
  }

  /** One more process, on a server of the case's own. */
  memberOn({ transport }: BusServer): BusMember {
    return this.#added(transport, undefined);
  }

  async close(): Promise<void> {
    try {
      await this.engine.faults?.mend();
      await Promise.all(this.#members.map((member) => member.stop()));
    } finally {
      await this.engine.close();
    }
  }

  #added(connect: () => BusTransport, options: RemoteBusOptions | undefined): BusMember {
    const member = new BusMember(
      `member ${this.#members.length + 1}`,
      this.capabilities,
      connect,
      options,
    );
    this.#members.push(member);
    return member;
  }
}

function watched(
  transport: BusTransport,
  delivered: (subscription: BusSubscription) => void,
): BusTransport {
  return {
    name: transport.name,
    capabilities: transport.capabilities,
    connect: (watcher) => transport.connect(watcher),
    publish: (message) => transport.publish(message),
    subscribe: (subscription) =>
      transport.subscribe({
        ...subscription,
        deliver: (message) => {
          const result = subscription.deliver(message);
          delivered(subscription);
          return result;
        },
      }),
    close: () => transport.close(),
  };
}
