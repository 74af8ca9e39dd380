/** The shop with `carillon/nestjs`. */
import { Module } from '@nestjs/common';
import { CarillonModule } from 'carillon/nestjs';
import { PostOffice } from '../post-office.js';
import { Basket } from './basket.js';
import { BasketController } from './basket-controller.js';
import { Catalogue } from './catalogue.js';
import { Checkout } from './checkout.js';
import { Ledger } from './ledger.js';
import { Mail } from './mail.js';
import { Search } from './search.js';
import { Shelf } from './shelf.js';
import { Stock } from './stock.js';

@Module({
  imports: [CarillonModule.forRoot({ name: 'shop' })],
  controllers: [BasketController],
  providers: [
    Catalogue,
    Search,
    Shelf,
    Basket,
    Checkout,
    Stock,
    Mail,
    PostOffice,
    // Other parts of the shop know the stock by these names.
    { provide: 'WAREHOUSE', useExisting: Stock },
    { provide: 'INVENTORY', inject: [Stock], useFactory: (stock: Stock) => stock },
  ],
})
export class ShopModule {}

/** With the ledger, which fails. */
@Module({ imports: [ShopModule], providers: [Ledger] })
export class ShopWithLedgerModule {}

export { Checkout, Mail, PostOffice, Search, Stock };
