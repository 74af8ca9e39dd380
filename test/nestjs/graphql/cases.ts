/** Resolvers of GraphQL: which scope they belong to. It runs as a program, in a project of its own, whose packages want an older TypeScript: no compiler checks it here. */
import assert from 'node:assert/strict';
import { type INestApplication, Inject, Injectable, Scope, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Field,
  GraphQLModule,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
} from '@nestjs/graphql';
import { Events, On } from 'carillon';
import { Carillon } from 'carillon/nestjs';
import { type Cases, Log, moduleOf } from '../cases/support.js';

/** What one server of GraphQL needs. */
export interface GraphServer {
  module(): Parameters<typeof GraphQLModule.forRoot>[0];
  adapter(): Promise<never>;
}

class ItemAdded {
  constructor(readonly item: string) {}
}

/** One request: it hears what is sent in it, and nothing else. */
@Injectable({ scope: Scope.REQUEST })
class Basket {
  readonly items: string[] = [];

  @On(ItemAdded)
  add({ item }: ItemAdded) {
    this.items.push(item);
  }
}

@Injectable()
class Stock {
  readonly taken: string[] = [];

  @On(ItemAdded)
  take({ item }: ItemAdded) {
    this.taken.push(item);
  }
}

@ObjectType()
class Shop {
  @Field(() => String)
  name!: string;
}

@Resolver(() => Shop)
class ShopResolver {
  @Inject(Basket) private readonly basket!: Basket;
  @Inject(Events) private readonly events!: Events;

  @Query(() => Shop)
  shop() {
    return { name: 'shop' };
  }

  @Mutation(() => [String])
  async order() {
    await Promise.resolve();
    this.events.emit(new ItemAdded('bell'));
    return this.basket.items;
  }

  @Mutation(() => String)
  fail(): string {
    this.events.emit(new ItemAdded('glass'));
    throw new Error('broken');
  }
}

/** Another resolver of the same operation. */
@Resolver(() => Shop)
class ItemsResolver {
  @Inject(Basket) private readonly basket!: Basket;
  @Inject(Events) private readonly events!: Events;

  @ResolveField(() => [String])
  async items(@Parent() { name }: { name: string }) {
    await Promise.resolve();
    this.events.emit(new ItemAdded(name));
    return this.basket.items;
  }

  @ResolveField(() => [String])
  async others() {
    await new Promise((resolve) => setImmediate(resolve));
    this.events.emit(new ItemAdded('rope'));
    return this.basket.items;
  }
}

const PROVIDERS: Type<unknown>[] = [Basket, Stock, ShopResolver, ItemsResolver];

export function graphCases(server: GraphServer): Cases {
  return {
    'L1 all resolvers of one operation share its scope, and no other operation does': async () => {
      await serving(server, async (app, ask) => {
        const both = [ask('{ shop { name items others } }'), ask('{ shop { items } }')];
        const [first, second] = await Promise.all(both);

        assert.deepEqual(first, {
          shop: { name: 'shop', items: ['shop'], others: ['shop', 'rope'] },
        });
        assert.deepEqual(second, { shop: { items: ['shop'] } });
        assert.deepEqual(app.get(Stock).taken.sort(), ['rope', 'shop', 'shop']);
      });
    },

    'L11 the scope of an operation ends with its answer, also where a resolver failed':
      async () => {
        await serving(server, async (app, ask) => {
          assert.deepEqual(await ask('mutation { order }'), { order: ['bell'] });
          assert.equal(await ask('mutation { fail }'), null);
          await settled(app);

          assert.deepEqual(app.get(Stock).taken, ['bell', 'glass']);
          assert.equal(app.get(Carillon).census().scopes, 1);
        });
      },
  };
}

type Ask = (query: string) => Promise<unknown>;

async function serving(
  server: GraphServer,
  use: (app: INestApplication, ask: Ask) => Promise<void>,
): Promise<void> {
  const log = new Log();
  const module = moduleOf(
    { imports: [GraphQLModule.forRoot(server.module())], providers: PROVIDERS },
    log.options,
  );
  const app = await NestFactory.create(module, await server.adapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  try {
    await use(app, async (query) => {
      const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      return ((await answer.json()) as { data: unknown }).data;
    });
  } finally {
    await app.close();
  }
  assert.deepEqual(log.codes, []);
}

/** Resolves when no scope of an operation is open. */
async function settled(app: INestApplication): Promise<void> {
  while (app.get(Carillon).census().scopes > 1)
    await new Promise((resolve) => setImmediate(resolve));
}
