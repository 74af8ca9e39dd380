/** What the customer of one request has taken. */
import { Injectable, Scope } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import type { ItemTaken } from './shelf.js';

@Injectable({ scope: Scope.REQUEST })
export class Basket {
  readonly titles: string[] = [];

  @OnEvent('item.taken')
  add({ title }: ItemTaken): void {
    this.titles.push(title);
  }
}
