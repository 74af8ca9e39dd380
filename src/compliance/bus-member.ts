/** A member of a bus, which stands for a process: an application with a connection of its own. */
import type { CarillonError } from '../../decorators/carillon-error.js';
import type { AdapterBus, AdapterScope } from '../application/adapter-view.js';
import { Application } from '../application/application.js';
import type { BusCapabilities, BusTransport } from '../bus/bus-transport.js';
import { type RemoteBusOptions, remoteBus } from '../bus/remote-bus.js';

/** The case starts it by {@link AdapterBus.start}, after subscribing. */
export class BusMember {
  readonly errors: CarillonError[] = [];
  readonly scope: AdapterScope;
  readonly bus: AdapterBus;
  /** The connection of the last start. */
  transport: BusTransport | undefined;
  readonly #application: Application;

  constructor(
    name: string,
    capabilities: BusCapabilities,
    connect: () => BusTransport,
    options: RemoteBusOptions = {},
  ) {
    const provider = remoteBus(
      {
        name: 'engine',
        capabilities,
        connect: () => {
          this.transport = connect();
          return this.transport;
        },
      },
      options,
    );
    this.#application = new Application({
      name,
      bus: provider,
      onError: (error) => this.errors.push(error),
    });
    this.scope = this.#application.scope;
    this.bus = this.#application.bus;
  }

  /** Ends as a program does that is asked to: what waits is done first. */
  async finish(drain?: number): Promise<void> {
    await this.#application.stop(drain === undefined ? {} : { drain });
  }

  async stop(): Promise<void> {
    await this.scope.disposeAsync();
  }
}
