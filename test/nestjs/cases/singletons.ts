/** What lives as long as the application. */
import assert from 'node:assert/strict';
import { Controller, Inject, Injectable, Scope } from '@nestjs/common';
import { Events, On } from 'carillon';
import { type Cases, contextOf, handlersOf } from './support.js';

class OrderPlaced {
  constructor(readonly id: string) {}
}

class Heard {
  readonly by: string[] = [];
}

@Injectable()
class Shop {
  constructor(
    readonly events: Events,
    readonly heard: Heard,
  ) {}

  @On(OrderPlaced)
  pack({ id }: OrderPlaced) {
    this.heard.by.push(`shop ${id}`);
  }
}

class Plain {
  readonly by: string[] = [];

  @On(OrderPlaced)
  hear({ id }: OrderPlaced) {
    this.by.push(id);
  }
}

@Injectable({ scope: Scope.TRANSIENT })
class Label {
  constructor(readonly heard: Heard) {}

  @On(OrderPlaced)
  print({ id }: OrderPlaced) {
    this.heard.by.push(`label ${id}`);
  }
}

@Injectable()
class Holder {
  constructor(readonly label: Label) {}
}

@Controller()
class Desk {
  constructor(readonly heard: Heard) {}

  @On(OrderPlaced)
  file({ id }: OrderPlaced) {
    this.heard.by.push(`desk ${id}`);
  }
}

export const singletons: Cases = {
  'W1 a singleton hears what Events sends, which every class can inject': async () => {
    const app = await contextOf({ providers: [Heard, Shop] });
    app.get(Shop).events.emit(new OrderPlaced('1'));
    await app.close();

    assert.deepEqual(app.get(Heard).by, ['shop 1']);
  },

  'W4 constants, factories, asynchronous ones too, and controllers are wired': async () => {
    const constant = new Plain();
    const given = new Plain();
    const late = new Plain();
    const app = await contextOf({
      controllers: [Desk],
      providers: [
        Heard,
        { provide: 'constant', useValue: constant },
        { provide: 'factory', useFactory: () => given },
        { provide: 'late', useFactory: async () => late },
      ],
    });
    app.get(Events).emit(new OrderPlaced('1'));
    await app.close();

    assert.deepEqual([constant.by, given.by, late.by], [['1'], ['1'], ['1']]);
    assert.deepEqual(app.get(Heard).by, ['desk 1']);
  },

  'W5 an alias does not make an instance hear twice': async () => {
    const app = await contextOf({
      providers: [Heard, Shop, { provide: 'alias', useExisting: Shop }],
    });
    app.get(Events).emit(new OrderPlaced('1'));
    await app.close();

    assert.deepEqual(app.get(Heard).by, ['shop 1']);
  },

  'W8 a transient that singletons hold is wired, once for each that holds it': async () => {
    class Other {
      constructor(readonly label: Label) {}
    }
    Inject(Label)(Other, undefined, 0);
    Injectable()(Other);
    const app = await contextOf({ providers: [Heard, Label, Holder, Other] });
    app.get(Events).emit(new OrderPlaced('1'));

    assert.deepEqual(app.get(Heard).by, ['label 1', 'label 1']);
    assert.equal(handlersOf(app), 2);
    await app.close();
  },

  'W12 two applications of one module share nothing': async () => {
    const [one, other] = [
      await contextOf({ providers: [Heard, Shop] }),
      await contextOf({ providers: [Heard, Shop] }),
    ];
    one.get(Events).emit(new OrderPlaced('1'));
    await one.close();
    other.get(Events).emit(new OrderPlaced('2'));
    await other.close();

    assert.deepEqual(one.get(Heard).by, ['shop 1']);
    assert.deepEqual(other.get(Heard).by, ['shop 2']);
  },
};
