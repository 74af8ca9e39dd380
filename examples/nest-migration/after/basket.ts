/** What the customer of one request has taken. */
import { Injectable, Scope } from '@nestjs/common';
import { On } from 'carillon';
import { ItemTaken } from './shelf.js';

@Injectable({ scope: Scope.REQUEST })
export class Basket {
  readonly titles: string[] = [];

  @On(ItemTaken)
  add({ title }: ItemTaken): void {
    this.titles.push(title);
  }
}
