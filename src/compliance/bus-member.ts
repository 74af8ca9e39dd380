/** A member of a bus, which stands for a process: an application with a connection of its own. */
import type { CarillonError } from '../../decorators/carillon-error.js';
import type { BusCapabilities, BusTransport } from '../bus/bus-transport.js';
import { EventBus } from '../bus/event-bus.js';
import { type RemoteBusOptions, remoteBus } from '../bus/remote-bus.js';
import { createRuntime } from '../dispatch/create-runtime.js';
import { Scope } from '../scope/scope.js';

/** The case starts it by {@link EventBus.start}, after subscribing. */
export class BusMember {
  readonly errors: CarillonError[] = [];
  readonly scope: Scope;
  readonly bus: EventBus;
  /** The connection of the last start. */
  transport: BusTransport | undefined;

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
    this.scope = new Scope(createRuntime({ onError: (error) => this.errors.push(error) }), {
      name,
    });
    this.bus = new EventBus(this.scope, provider);
    this.scope.atClose(() => this.bus.end());
    this.scope.onDispose(() => this.bus.close());
  }

  async stop(): Promise<void> {
    await this.scope.disposeAsync();
  }
}
