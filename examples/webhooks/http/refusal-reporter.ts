/** Tells the application of each request that was refused. */
import { Emits, EventBus } from 'carillon';
import { injectable } from 'inversify';
import { DeliveryRefused } from '../services/intake.js';
import type { Refusal } from './refusal.js';

@injectable()
export class RefusalReporter {
  constructor(private readonly bus: EventBus) {}

  @Emits(DeliveryRefused, { by: 'publish' })
  async report({ kind, statusCode, reasons }: Refusal): Promise<void> {
    await this.bus.publish(new DeliveryRefused(kind, statusCode, reasons));
  }
}
