/** Packs what was ordered. */
import { Injectable } from '@nestjs/common';
import { On } from 'carillon';
import { OrderPlaced } from './checkout.js';

@Injectable()
export class Stock {
  readonly packed: string[] = [];

  @On(OrderPlaced)
  pack({ id }: OrderPlaced): void {
    this.packed.push(id);
  }
}
