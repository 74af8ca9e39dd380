/** Books what was ordered, by a service that is down. */
import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import type { OrderPlaced } from './checkout.js';

@Injectable()
export class Ledger {
  @OnEvent('order.placed', { suppressErrors: false })
  async book({ id }: OrderPlaced): Promise<void> {
    throw new Error(`order ${id} cannot be booked`);
  }
}
