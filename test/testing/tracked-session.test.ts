/** Waiting until everything that an action has caused is done. */
import { describe, expect, it } from '@jest/globals';
import {
  Deferred,
  defineEvent,
  EventBus,
  EventQueue,
  Events,
  On,
  ScopedEmitter,
  Subscribe,
  sleep,
  spawn,
  until,
} from 'carillon';
import { openScope, scopeOf, start, stop } from 'carillon/inversify';
import { fakeBus, memoryBus, trackSession, virtualClock } from 'carillon/testing';
import { Container } from 'inversify';
import { memoryEngine } from '../../src/bus/memory-bus.js';
import { remoteBus } from '../../src/bus/remote-bus.js';
import { rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { SharedQueues } from '../support/shared-queues.js';

const OrderPlaced = defineEvent<string>('kit.order-placed');
const OrderPacked = defineEvent<string>('kit.order-packed');
const ReceiptWanted = defineEvent<string>('kit.receipt-wanted');

/** Goes from the emitter to the bus, from the bus to the queue, and takes time at each step. */
class Chain {
  readonly log: string[] = [];
  failures = 0;

  constructor(readonly events: Events) {}

  @On(OrderPlaced)
  async pack(id: string) {
    await Promise.resolve();
    this.log.push(`packed ${id}`);
    void this.events.publish(OrderPacked, id);
  }

  @Subscribe(OrderPacked)
  *ship(id: string) {
    yield* sleep('2s');
    this.log.push(`shipped ${id}`);
    void this.events.defer(ReceiptWanted, id, { delay: 60_000 });
  }

  @Deferred(ReceiptWanted, { attempts: 3, backoff: 10_000 })
  async send(id: string) {
    await Promise.resolve();
    if (this.failures-- > 0) throw new Error('no mail');
    this.log.push(`receipt of ${id}`);
  }
}

async function application(options: Parameters<typeof rootContainer>[0] = {}) {
  const clock = virtualClock();
  const { container } = rootContainer({ clock, ...options });
  container
    .bind(Chain)
    .toDynamicValue(({ get }) => new Chain(get(Events)))
    .inSingletonScope();
  const chain = container.get(Chain);
  await start(container);
  return { container, chain, clock, emitter: container.get(ScopedEmitter) };
}

/** Accepts what is published, and hands it on when it is told to. */
function slowBus() {
  const engine = memoryEngine();
  const held: (() => Promise<void>)[] = [];
  const bus = remoteBus({
    ...engine,
    connect: () => {
      const transport = engine.connect();
      return {
        name: transport.name,
        capabilities: transport.capabilities,
        connect: (watcher) => transport.connect(watcher),
        publish: async (message) => void held.push(() => transport.publish(message)),
        subscribe: (subscription) => transport.subscribe(subscription),
        close: () => transport.close(),
      };
    },
  });
  const bring = async () => {
    for (const send of held.splice(0)) await send();
  };
  return { bus, bring };
}

describe('settled', () => {
  it('waits for handlers, what they publish and defer, delays and retries, and gives what the action returned', async () => {
    const { container, chain, clock, emitter } = await application();
    chain.failures = 2;

    const returned = await trackSession(container).settled(() => {
      emitter.emit(OrderPlaced, '1');
      return 'done';
    });

    expect(returned).toBe('done');
    expect(chain.log).toEqual(['packed 1', 'shipped 1', 'receipt of 1']);
    expect(clock.now()).toBeGreaterThanOrEqual(62_000);
    await stop(container);
  });

  it('moves time also for what the action itself waits for', async () => {
    const { container, emitter } = await application();
    emitter.on('slow', function* () {
      yield* sleep('1m');
      return 'value';
    });

    const values = await trackSession(container).settled(() =>
      emitter.emitAsync('slow', undefined),
    );

    expect(values).toEqual(['value']);
    await stop(container);
  });

  it('goes through the bus of an engine and through its queue, between applications', async () => {
    const bus = memoryBus();
    const engine = new SharedQueues();
    const provider = engine.provider();
    const clock = virtualClock();
    const shop = rootContainer({ clock, bus, name: 'shop' }).container;
    const mailer = rootContainer({
      clock,
      bus,
      name: 'mailer',
      queues: { default: { provider } },
    }).container;
    const log: string[] = [];
    mailer.get(EventBus).subscribe(OrderPacked, async (id) => {
      await mailer.get(EventQueue).defer(ReceiptWanted, id);
    });
    class Mail {
      @Deferred(ReceiptWanted)
      async send(id: string) {
        await Promise.resolve();
        log.push(id);
      }
    }
    mailer.bind(Mail).toSelf().inSingletonScope();
    await Promise.all([start(shop), start(mailer)]);

    await trackSession(shop, mailer).settled(() => shop.get(EventBus).publish(OrderPacked, '1'));

    expect(log).toEqual(['1']);
    await Promise.all([stop(shop), stop(mailer)]);
    engine.close();
  });

  it('takes a publish for done once the bus has accepted it: nothing on a bus that hands on to nobody', async () => {
    const bus = fakeBus();
    const { container, chain, emitter } = await application({ bus });

    await trackSession(container).settled(() => emitter.emit(OrderPlaced, '1'));

    expect(chain.log).toEqual(['packed 1']);
    expect(bus.published(OrderPacked)).toEqual(['1']);
    await stop(container);
  });

  it('counts what comes back over an engine only from the moment on in which it is here', async () => {
    const { bus, bring } = slowBus();
    const { container, chain, emitter } = await application({ bus });

    await trackSession(container).settled(() => emitter.emit(OrderPlaced, '1'));
    const before = [...chain.log];
    await trackSession(container).settled(bring);

    expect(before).toEqual(['packed 1']);
    expect(chain.log).toEqual(['packed 1', 'shipped 1', 'receipt of 1']);
    await stop(container);
  });

  it('waits for handlers of scopes that are opened meanwhile, and not for what ran before', async () => {
    const { container } = await application();
    const { promise, open } = gate();
    const before = gate();
    const emitter = container.get(ScopedEmitter);
    emitter.on('before', () => before.promise);
    emitter.emit('before', undefined);
    let isDone = false;

    const settling = trackSession(container).settled(() => {
      const request = openScope(container, { name: 'request' });
      request.get(ScopedEmitter).on('rang', async () => {
        await promise;
        isDone = true;
      });
      request.get(ScopedEmitter).emit('rang', undefined);
    });
    open();
    await settling;

    expect(isDone).toBe(true);
    before.open();
    await stop(container);
  });

  it('waits in real time where the clock is real', async () => {
    const container = rootContainer({ clock: undefined as never }).container;
    const emitter = container.get(ScopedEmitter);
    let isDone = false;
    emitter.on('rang', function* () {
      yield* sleep(20);
      isDone = true;
    });

    await trackSession(container).settled(() => emitter.emit('rang', undefined));

    expect(isDone).toBe(true);
    await stop(container);
  });

  it('throws what the action threw, once all has settled', async () => {
    const { container, chain, emitter } = await application();

    const settling = trackSession(container).settled(() => {
      emitter.emit(OrderPlaced, '1');
      throw new Error('changed my mind');
    });

    await expect(settling).rejects.toThrow('changed my mind');
    expect(chain.log).toContain('receipt of 1');
    await stop(container);
  });

  it('names what does not settle: at once where no time would help, and where the time is over', async () => {
    const { container, emitter, clock } = await application();
    emitter.on('stuck', function wait() {
      return new Promise(() => undefined);
    });
    const session = trackSession(container);

    await expect(
      session.settled(() => emitter.emit(OrderPlaced, '1'), { within: '30s' }),
    ).rejects.toThrow(
      /^CAR7052: Not settled: queue "default": 0 waiting, 1 delayed, 0 in progress\./,
    );
    await expect(session.settled(() => emitter.emit('stuck', undefined))).rejects.toThrow(
      /^CAR7052: .*wait on stuck/,
    );
    const stopping = stop(container, { drain: 0, abort: 0 });
    await clock.advance(1);
    await stopping;
  });

  it('leaves tasks alone that are no handlers, and time that nobody needs', async () => {
    const { container, clock } = await application();
    const task = spawn(scopeOf(container), function* () {
      yield* until('never');
    });

    await trackSession(container).settled(() => undefined);

    expect({ state: task.state, now: clock.now() }).toEqual({ state: 'running', now: 0 });
    await stop(container);
  });

  it('refuses a container without events', () => {
    expect(() => trackSession(new Container())).toThrow('CAR7053');
  });
});
