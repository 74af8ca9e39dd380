/** What is claimed of an application and its events, as programs that run on both shops. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { PostOffice } from './post-office.js';

/** What both shops have. */
export interface Shop {
  readonly ShopModule: Type;
  readonly ShopWithLedgerModule: Type;
  readonly Checkout: Type<{ place(id: string): Promise<void> }>;
  readonly Mail: Type<{ readonly sent: readonly string[] }>;
  readonly PostOffice: Type<PostOffice>;
  readonly Search: Type<{ readonly titles: readonly string[] }>;
  readonly Stock: Type<{ readonly packed: readonly string[] }>;
}

/** A sentence, and what a shop does about it. */
export interface Claim {
  readonly title: string;
  /** What is right. */
  readonly right: string;
  /** What the shop does. */
  run(shop: Shop): Promise<string>;
}

export const CLAIMS: readonly Claim[] = [
  {
    title: 'An event that is sent in onModuleInit is heard',
    right: 'found: Bells',
    run: async ({ ShopModule, Search }) => {
      const app = await contextOf(ShopModule);
      const { titles } = app.get(Search);
      await app.close();
      return `found: ${listed(titles)}`;
    },
  },
  {
    title: 'A request-scoped listener joins the request under way',
    right: 'in the basket of the request: Bells',
    run: async ({ ShopModule }) => {
      const app = await NestFactory.create(ShopModule, { logger: false });
      await app.listen(0, '127.0.0.1');
      const answer = await fetch(`${await app.getUrl()}/basket`, { method: 'POST' });
      const titles = (await answer.json()) as string[];
      await app.close();
      return `in the basket of the request: ${listed(titles)}`;
    },
  },
  {
    title: 'Nothing runs after the end of the application',
    right: 'receipts sent before the end: 1, after it: 0',
    run: async ({ ShopModule, Checkout, Mail, PostOffice }) => {
      const app = await contextOf(ShopModule);
      const [{ sent }, post] = [app.get(Mail), app.get(PostOffice)];
      await app.get(Checkout).place('7');
      const closing = app.close().then(() => sent.length);
      // Far more than an application needs that waits for nothing.
      for (let turn = 0; turn < 100; turn += 1) await nextTurn();
      post.open();
      const atEnd = await closing;
      await nextTurn();
      return `receipts sent before the end: ${atEnd}, after it: ${sent.length - atEnd}`;
    },
  },
  {
    title: 'A service with an alias hears once',
    right: 'packed: 7',
    run: async ({ ShopModule, Checkout, Stock, PostOffice }) => {
      const app = await contextOf(ShopModule);
      app.get(PostOffice).open();
      await app.get(Checkout).place('7');
      const { packed } = app.get(Stock);
      await app.close();
      return `packed: ${listed(packed)}`;
    },
  },
];

async function contextOf(module: Type): Promise<INestApplicationContext> {
  return NestFactory.createApplicationContext(module, { logger: false });
}

function listed(texts: readonly string[]): string {
  return texts.length === 0 ? 'nothing' : texts.join(', ');
}
