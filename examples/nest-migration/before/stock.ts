/** Packs what was ordered. */
import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import type { OrderPlaced } from './checkout.js';

@Injectable()
export class Stock {
  readonly packed: string[] = [];

  @OnEvent('order.placed')
  pack({ id }: OrderPlaced): void {
    this.packed.push(id);
  }
}
