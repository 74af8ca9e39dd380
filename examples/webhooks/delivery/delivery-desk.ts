/** Takes one delivery through its stations: the request's own handlers, the whole application, the queues. */
import { Events } from 'carillon';
import { injectable } from 'inversify';
import { ArchiveDue } from '../services/archive.js';
import { ChangeSet } from './change-set.js';
import { DeliveryContext, DeliveryHandled } from './delivery-context.js';

/** What the sender of a delivery is answered. */
export interface DeliveryAnswer {
  readonly topic: string;
  readonly changes: number;
}

@injectable()
export class DeliveryDesk {
  constructor(
    private readonly events: Events,
    private readonly context: DeliveryContext,
    private readonly changes: ChangeSet,
  ) {}

  /** @throws EmitError when a handler of this request failed; nothing is published or deferred then */
  async handle(): Promise<DeliveryAnswer> {
    const { delivery, body } = this.context;
    const { topic } = delivery;

    await this.events.emitAsync(delivery);
    await this.events.emitAsync(new DeliveryHandled(topic));
    await this.events.publish(topic, delivery);
    await this.events.defer(new ArchiveDue(delivery.headers.id, body));
    return { topic, changes: this.changes.committed };
  }
}
