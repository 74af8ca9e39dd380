/** Books what was ordered, by a service that is down. */
import { Injectable } from '@nestjs/common';
import { On } from 'carillon';
import { OrderPlaced } from './checkout.js';

@Injectable()
export class Ledger {
  @On(OrderPlaced)
  async book({ id }: OrderPlaced): Promise<void> {
    throw new Error(`order ${id} cannot be booked`);
  }
}
