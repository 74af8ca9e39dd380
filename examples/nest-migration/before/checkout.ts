/** Takes orders. */
import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';

/** What `order.placed` carries. */
export interface OrderPlaced {
  readonly id: string;
}

@Injectable()
export class Checkout {
  constructor(private readonly emitter: EventEmitter2) {}

  async place(id: string): Promise<void> {
    this.emitter.emit('order.placed', { id });
  }
}
