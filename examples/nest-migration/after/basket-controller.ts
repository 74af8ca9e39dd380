/** Takes an item, and answers with the basket. */
import { Controller, Post } from '@nestjs/common';
import { Basket } from './basket.js';
import { Shelf } from './shelf.js';

@Controller('basket')
export class BasketController {
  constructor(
    private readonly shelf: Shelf,
    private readonly basket: Basket,
  ) {}

  @Post()
  fill(): readonly string[] {
    this.shelf.take('Bells');
    return this.basket.titles;
  }
}
