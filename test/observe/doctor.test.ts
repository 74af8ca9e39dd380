/** What the doctor finds: for each rule a program that trips it, and one that does not. */
import { describe, expect, it } from '@jest/globals';
import {
  Deferred,
  Emits,
  Events,
  EventType,
  Listener,
  On,
  type QueueProvider,
  Subscribe,
} from 'carillon';
import { createApplication } from 'carillon/adapter';
import { queueCapabilities, remoteBus, remoteQueue } from 'carillon/engine';
import { audit, events, openScope } from 'carillon/inversify';
import {
  describe as describeApplication,
  diagnose,
  type Finding,
  observeEmits,
  type RuleName,
} from 'carillon/observe';
import { Container, inject, injectable, type Newable } from 'inversify';
import { ManualClock } from '../support/manual-clock.js';

function never(): never {
  throw new Error('The doctor has opened an engine.');
}

function engine(capabilities: Parameters<typeof queueCapabilities>[0] = {}): QueueProvider {
  return remoteQueue({
    name: 'shelf',
    capabilities: queueCapabilities({
      durable: true,
      deadLetters: true,
      inbox: true,
      ...capabilities,
    }),
    open: never,
  });
}

/** A container that binds the classes as singletons. */
function singletons(
  classes: readonly Newable<object>[],
  options: Parameters<typeof events>[0] = {},
): Container {
  const container = new Container();
  container.register(events(options));
  for (const service of classes) container.bind<object>(service).to(service).inSingletonScope();
  return container;
}

function found(rule: RuleName, container: object): readonly Finding[] {
  return diagnose(describeApplication(container)).filter((finding) => finding.rule === rule);
}

@injectable()
class Basket {
  @On('basket.filled')
  filled(): void {}
}

@injectable()
class Till {
  constructor(@inject(Basket) readonly basket: Basket) {}
}

describe('captive-dependency', () => {
  it.each([
    ['of one resolution', (root: Container) => root.bind(Basket).toSelf().inRequestScope()],
    [
      'of a scope below',
      (root: Container) =>
        openScope(root, { name: 'request' }).bind(Basket).toSelf().inSingletonScope(),
    ],
  ])('finds a singleton that holds what is %s', (_what, bind) => {
    const container = singletons([Till], { name: 'shop' });
    bind(container);

    const [finding, ...others] = found('captive-dependency', container);

    expect(others).toEqual([]);
    expect(finding).toMatchObject({ level: 'error', about: ['service:Till', 'service:Basket'] });
    expect(finding?.text).toMatch(/^Till is a singleton of scope "shop" and holds Basket, which/);
  });

  it('finds nothing where both live as long', () => {
    const container = singletons([Till, Basket]);
    const request = openScope(container, { name: 'request' });
    request.bind(Till).toSelf().inSingletonScope();

    expect(found('captive-dependency', container)).toEqual([]);
  });
});

describe('transient-handlers', () => {
  it.each(['Transient', 'Request'] as const)('finds handlers of a %s at the root', (scope) => {
    const container = singletons([]);
    const bound = container.bind(Basket).toSelf();
    if (scope === 'Request') bound.inRequestScope();
    else bound.inTransientScope();

    expect(found('transient-handlers', container)).toMatchObject([{ about: ['service:Basket'] }]);
  });

  it('finds nothing in a scope that ends, of a class without handlers, or built for each event', () => {
    @injectable()
    class Plain {}
    @injectable()
    @Listener({ activation: 'event' })
    class Billing {
      @On('basket.filled')
      bill(): void {}
    }
    const container = singletons([]);
    container.bind(Plain).toSelf().inTransientScope();
    container.bind(Billing).toSelf().inTransientScope();
    openScope(container).bind(Basket).toSelf().inTransientScope();

    expect(found('transient-handlers', container)).toEqual([]);
  });
});

class Sender {
  @Emits('order.placed')
  place(): void {}
}

describe('never-sent', () => {
  it('finds a handler of what nobody sends, or only in another way', () => {
    class Hearer {
      @On('order.shipped')
      shipped(): void {}

      @Subscribe('order.placed')
      placed(): void {}
    }

    expect(found('never-sent', singletons([Sender, Hearer])).map(({ text }) => text)).toEqual([
      'Hearer.placed hears order.placed, and nobody is known to publish it. Declare the sender with @Emits, or remove the handler.',
      'Hearer.shipped hears order.shipped, and nobody is known to emit it. Declare the sender with @Emits, or remove the handler.',
    ]);
  });

  it('finds nothing where it is sent, by a pattern too, and where no sender is declared at all', () => {
    class Hearer {
      @On('order.*')
      any(): void {}
    }

    expect(found('never-sent', singletons([Sender, Hearer]))).toEqual([]);
    expect(found('never-sent', singletons([Basket]))).toEqual([]);
  });
});

describe('never-heard', () => {
  it('finds what is sent to nobody, and what is heard in another way only', () => {
    class Hearer {
      @Subscribe('order.placed')
      placed(): void {}
    }

    expect(found('never-heard', singletons([Sender])).map(({ text }) => text)).toEqual([
      'Sender.place sends order.placed by emit, and no handler hears that. Write a handler, or send it no more.',
    ]);
    expect(found('never-heard', singletons([Sender, Hearer])).map(({ text }) => text)).toEqual([
      'Sender.place sends order.placed by emit, and no handler hears that. Hearer.placed hears it as @Subscribe: send it by publish.',
    ]);
  });

  it('finds nothing where it is heard, by a base class too', () => {
    class Changed {}
    class Placed extends Changed {}
    class Both {
      @Emits(Placed)
      place(): void {}

      @On(Changed)
      changed(): void {}
    }

    expect(found('never-heard', singletons([Both]))).toEqual([]);
  });
});

describe('circle', () => {
  it('finds the way round, once', () => {
    class Ping {
      @On('pong')
      @Emits('ping')
      hit(): void {}
    }
    class Pong {
      @On('ping')
      @Emits('pong')
      back(): void {}
    }

    const circles = found('circle', singletons([Ping, Pong]));

    expect(circles.map(({ text }) => text)).toEqual([
      'Events go round in a circle: Ping.hit -> ping -> Pong.back -> pong -> Ping.hit. Let one of these handlers send only under a condition that ends it.',
    ]);
  });

  it('finds nothing in a chain, nor where the way round is by another call', () => {
    class Chain {
      @On('a')
      @Emits('b')
      first(): void {}

      @On('b')
      @Emits('a', { by: 'publish' })
      second(): void {}
    }

    expect(found('circle', singletons([Chain]))).toEqual([]);
  });
});

@EventType({ name: 'order.placed' })
class Named {}

class Mail {
  @Deferred(Named, { queue: 'mail', attempts: 1 })
  send(): void {}
}

class Post {
  @Deferred(Named, { queue: 'mail', attempts: 1 })
  send(): void {}
}

describe('shared-id', () => {
  it('finds two handlers of one id in a stored queue', () => {
    const container = singletons([Mail, Post], { queues: { mail: { provider: engine() } } });

    expect(found('shared-id', container)).toMatchObject([
      { level: 'error', text: expect.stringContaining('share the id "order.placed/send"') },
    ]);
  });

  it('finds nothing in memory, and where each has its own', () => {
    class Own {
      @Deferred(Named, { queue: 'mail', id: 'own', attempts: 1 })
      send(): void {}
    }

    expect(found('shared-id', singletons([Mail, Post]))).toEqual([]);
    const container = singletons([Mail, Own], { queues: { mail: { provider: engine() } } });
    expect(found('shared-id', container)).toEqual([]);
  });
});

describe('cannot-travel', () => {
  class Nameless {}
  class Hearer {
    @Deferred(Nameless, { queue: 'mail', attempts: 1 })
    later(): void {}

    @Subscribe(Nameless)
    anywhere(): void {}
  }

  it('finds a class without a name on a stored queue, and on the bus of an engine', () => {
    const bus = remoteBus({
      name: 'wire',
      capabilities: { groups: true, whenFull: ['wait'], keepsForAbsent: false, redelivers: false },
      connect: never,
    });
    class Subscriber {
      @Subscribe(Nameless)
      anywhere(): void {}
    }

    expect(
      found('cannot-travel', singletons([Hearer], { queues: { mail: { wire: true } } })).map(
        ({ text }) => text,
      ),
    ).toEqual([
      'Hearer.later hears Nameless through queue "mail", which stores its messages, and the class has no name to travel under. Write @EventType({ name: \'…\' }) above it.',
    ]);
    expect(found('cannot-travel', singletons([Subscriber], { bus }))).toMatchObject([
      { about: ['event:Nameless', 'handler:Subscriber.anywhere Subscribe Nameless'] },
    ]);
  });

  it('finds nothing in memory, and of a class with a name', () => {
    expect(found('cannot-travel', singletons([Hearer]))).toEqual([]);
    const container = singletons([Mail], { queues: { mail: { provider: engine() } } });
    expect(found('cannot-travel', container)).toEqual([]);
  });
});

describe('no-dead-letters', () => {
  it('finds a queue that forgets, and no other', () => {
    const of = (deadLetters: boolean) =>
      singletons([Mail], { queues: { mail: { provider: engine({ deadLetters }) } } });

    expect(found('no-dead-letters', of(false))).toMatchObject([{ about: ['queue:mail'] }]);
    expect(found('no-dead-letters', of(true))).toEqual([]);
  });
});

describe('not-idempotent', () => {
  class Retried {
    @Deferred(Named, { queue: 'mail' })
    send(): void {}
  }
  class Idempotent {
    @Deferred(Named, { queue: 'mail', idempotent: true })
    send(): void {}
  }

  it('finds a handler that is tried again, and no other', () => {
    const of = (service: new () => object) =>
      singletons([service], { queues: { mail: { provider: engine() } } });

    expect(found('not-idempotent', of(Retried))).toMatchObject([
      { text: expect.stringContaining('Retried.send is tried up to 3 times') },
    ]);
    expect(found('not-idempotent', of(Idempotent))).toEqual([]);
    expect(found('not-idempotent', of(Mail))).toEqual([]);
    expect(found('not-idempotent', singletons([Retried]))).toEqual([]);
  });
});

describe('not-declared', () => {
  class Silent {
    constructor(readonly events: Events) {}

    @On('declared')
    heard(): void {}

    @Emits('declared')
    send(event: string): void {
      this.events.emit(event, {});
    }
  }

  it('finds what was seen and is not declared, and no other', () => {
    const app = createApplication();
    const silent = app.attach(new Silent(app.events));
    app.attach(new Basket());
    const observed = observeEmits(app);
    silent.send('declared');
    silent.send('hidden');

    const findings = diagnose(describeApplication(app, { observed }));

    expect(findings.filter(({ rule }) => rule === 'not-declared').map(({ text }) => text)).toEqual([
      'Silent.send was seen to send hidden by emit, and does not declare it. Write @Emits(hidden) above it.',
    ]);
  });
});

describe('old-scope', () => {
  it('finds a scope that is open for longer than the limit, and not the application', () => {
    const clock = new ManualClock();
    const container = singletons([], { name: 'shop', clock });
    openScope(container, { name: 'request' });
    const topology = describeApplication(container);
    const findings = () =>
      diagnose(topology, { scopes: audit(container).scopes, scopeLimit: '1m' }).map(
        ({ text }) => text,
      );

    clock.pass(60_000);
    const atLimit = findings();
    clock.pass(1);

    expect(atLimit).toEqual([]);
    expect(findings()).toEqual([
      'Scope "shop/request" is open for 60001 ms, longer than 60000 ms. End it, or open it for less.',
    ]);
  });
});

describe('the installation', () => {
  const topology = describeApplication(createApplication());
  const legacy = { experimentalDecorators: true, emitDecoratorMetadata: true };
  const of = (project: object) => diagnose(topology, { project }).map(({ rule }) => rule);

  it.each([
    ['two-copies', { copies: ['/a', '/b'] }, { copies: ['/a'] }],
    ['inversify-version', { inversify: '7.5.1' }, { inversify: '7.5.2' }],
    ['inversify-version', { inversify: '7.7.0' }, { inversify: '7.7.1' }],
    ['inversify-version', { inversify: '6.2.2' }, { inversify: '8.0.0-rc.1' }],
    [
      'compiler-flags',
      { inversify: '8.2.3', compiler: { ...legacy, experimentalDecorators: false } },
      { inversify: '8.2.3', compiler: legacy },
    ],
    [
      'compiler-flags',
      { compiler: { ...legacy, experimentalDecorators: false } },
      { compiler: { experimentalDecorators: false, emitDecoratorMetadata: false } },
    ],
  ] as const)('has %s', (rule, wrong, right) => {
    expect(of(wrong)).toEqual([rule]);
    expect(of(right)).toEqual([]);
  });
});

describe('a diagnosis', () => {
  it('has errors before warnings, and refuses wrong options', () => {
    const container = singletons([Till, Mail, Post], {
      queues: { mail: { provider: engine({ deadLetters: false }) } },
    });
    const levels = diagnose(describeApplication(container)).map(({ level }) => level);

    expect(levels).toEqual(['error', 'warning']);
    expect(() => diagnose(describeApplication(container), { scopeLimit: -1 })).toThrow('CAR7004');
  });
});
