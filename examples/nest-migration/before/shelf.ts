/** Where customers take what they want to buy. */
import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';

/** What `item.taken` carries. */
export interface ItemTaken {
  readonly title: string;
}

@Injectable()
export class Shelf {
  constructor(private readonly emitter: EventEmitter2) {}

  async take(title: string): Promise<void> {
    await this.emitter.emitAsync('item.taken', { title });
  }
}
