/** The events that the cases of the queues defer. */
import { defineEvent } from '../../../decorators/event-key.js';
import { EventType } from '../../../decorators/event-type.js';

export class ParcelSent {
  constructor(
    readonly id: string,
    readonly weight: number,
  ) {}

  get label(): string {
    return `${this.id}: ${this.weight}`;
  }
}

export const Job = defineEvent<number>('compliance.job');
export const Text = defineEvent<string>('compliance.text');

// Called, so that this file compiles under either kind of decorators.
EventType({ name: 'compliance.parcel.sent' })(ParcelSent);
