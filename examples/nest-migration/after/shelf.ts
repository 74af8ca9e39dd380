/** Where customers take what they want to buy. */
import { Injectable } from '@nestjs/common';
import { Emits, Events } from 'carillon';

export class ItemTaken {
  constructor(readonly title: string) {}
}

@Injectable()
export class Shelf {
  constructor(private readonly events: Events) {}

  @Emits(ItemTaken)
  take(title: string): void {
    this.events.emit(new ItemTaken(title));
  }
}
