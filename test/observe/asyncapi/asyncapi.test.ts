/** AsyncAPI documents: what is in them, and whether the parser of AsyncAPI takes them. */
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { Deferred, defineEvent, Emits, EventType, On, Subscribe } from 'carillon';
import { createApplication } from 'carillon/adapter';
import { type AsyncApiDocument, asyncApi, classValidatorSchemas } from 'carillon/asyncapi';
import { Carillon } from 'carillon/nestjs';
import { Type } from 'class-transformer';
import { IsDate, IsInt, IsString, ValidateNested } from 'class-validator';
import * as library from 'class-validator-jsonschema';
import { ShopModule } from '../../../examples/nest-migration/after/shop.js';
import { createContainer } from '../../../examples/webhooks/application.js';
import { Settings } from '../../../examples/webhooks/settings.js';

const { defaultMetadataStorage } = createRequire(import.meta.url)(
  'class-transformer/cjs/storage.js',
);

const info = { title: 'Orders', version: '1.0.0' };
const schemas = classValidatorSchemas(library, {
  classTransformerMetadataStorage: defaultMetadataStorage,
});

class Line {
  @IsString()
  article = '';

  @IsInt()
  count = 0;
}

@EventType({ name: 'order.placed' })
class OrderPlaced {
  @IsDate()
  at = new Date();

  @ValidateNested({ each: true })
  @Type(() => Line)
  lines: Line[] = [];
}

const GIVEN = { type: 'object', properties: { amount: { type: 'number' } } };

@EventType({ name: 'order.paid', schema: GIVEN })
class OrderPaid {}

class Inside {}

const Tick = defineEvent<number>('tick');

class Desk {
  @On(Inside)
  @Emits([OrderPlaced], { by: 'publish' })
  @Emits([OrderPaid], { by: 'defer' })
  inside() {}

  @Subscribe(OrderPlaced)
  mail() {}

  @Subscribe('rooms.*.joined.**')
  joined() {}

  @Deferred(OrderPaid, { queue: 'books' })
  book() {}

  @Deferred(Tick, { queue: 'books' })
  tick() {}
}

function desk(): AsyncApiDocument {
  const application = createApplication();
  application.attach(new Desk());
  return asyncApi(application, { info, schemas });
}

/** What the parser finds, warnings and hints included. */
async function diagnosticsOf(document: object): Promise<readonly string[]> {
  const { Parser } = createRequire(import.meta.url)('@asyncapi/parser');
  const { diagnostics, document: parsed } = await new Parser().parse(JSON.stringify(document));
  expect(parsed === undefined).toBe(
    diagnostics.some(({ severity }: { severity: number }) => severity === 0),
  );
  return diagnostics.map(
    ({ code, path }: { code: string; path: string[] }) => `${code} ${path.join('.')}`,
  );
}

describe('a document', () => {
  let document: AsyncApiDocument;

  beforeAll(() => {
    document = desk();
  });

  it('has a channel for each event on the bus and each queue', () => {
    expect(Object.entries(document.channels).map(([key, { address }]) => [key, address])).toEqual([
      ['bus.order.placed', 'order.placed'],
      ['bus.rooms._.joined._', 'rooms.{segment1}.joined.{segment2}'],
      ['queue.books', 'books'],
    ]);
    expect(Object.keys(document.channels['queue.books']?.messages ?? {})).toEqual([
      'order.paid',
      'tick',
    ]);
  });

  it('has an operation for each method that hears or sends what travels', () => {
    const operations = Object.values(document.operations).map(
      ({ action, channel, title }) => `${title} ${action} ${channel.$ref}`,
    );

    expect(operations.sort()).toEqual([
      'Desk.book receive #/channels/queue.books',
      'Desk.inside send #/channels/bus.order.placed',
      'Desk.inside send #/channels/queue.books',
      'Desk.joined receive #/channels/bus.rooms._.joined._',
      'Desk.mail receive #/channels/bus.order.placed',
      'Desk.tick receive #/channels/queue.books',
    ]);
  });

  it('describes payloads by class-validator, with dates as they travel', () => {
    expect(document.components.schemas['order.placed']).toEqual({
      type: 'object',
      required: ['at', 'lines'],
      properties: {
        at: { type: 'string', format: 'date-time' },
        lines: { type: 'array', items: { $ref: '#/components/schemas/Line' } },
      },
    });
    expect(document.components.schemas['Line']).toMatchObject({ required: ['article', 'count'] });
  });

  it('takes the schema that an event type gives', () => {
    expect(document.components.schemas['order.paid']).toEqual(GIVEN);
  });

  it('is taken by the parser without a word', async () => {
    expect(await diagnosticsOf(document)).toEqual([]);
  });

  it('is refused by the parser where it is broken, so that the test above says something', async () => {
    const broken = { ...document, operations: { x: { action: 'shout' } } };

    expect(await diagnosticsOf(broken)).not.toEqual([]);
  });

  it('of the webhooks example is taken without a word', async () => {
    const container = createContainer(new Settings('no deliveries are taken'), []);
    const webhooks = asyncApi(container, {
      info: { title: 'Webhooks', version: '1.0.0' },
      schemas,
    });

    expect(await diagnosticsOf(webhooks)).toEqual([]);
    expect(Object.keys(webhooks.operations).length).toBeGreaterThan(3);
  });

  it('of a NestJS application, which is not started, is taken without a word', async () => {
    const app = await NestFactory.create(ShopModule, { logger: false });
    const shop = asyncApi(app.get(Carillon), { info: { title: 'Shop', version: '1.0.0' } });
    await app.close();

    expect(await diagnosticsOf(shop)).toEqual([]);
    expect(Object.values(shop.operations).map(({ action, title }) => `${title} ${action}`)).toEqual(
      ['Mail.sendReceipt receive', 'Checkout.place send'],
    );
  });
});

describe('the options', () => {
  it.each([[{}], [{ info: { title: 'Orders' } }], [{ info, schema: () => undefined }]])(
    '%j are refused',
    (options) => {
      expect(() => asyncApi(createApplication(), options as never)).toThrow(
        expect.objectContaining({ code: 'CAR7071' }),
      );
    },
  );
});
