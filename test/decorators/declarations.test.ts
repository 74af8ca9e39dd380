/** What good declarations come to when an instance is wired. */

import { describe, expect, it } from '@jest/globals';
import {
  Deferred,
  defineEvent,
  EventBus,
  EventQueue,
  On,
  Once,
  ScopedEmitter,
  Subscribe,
} from 'carillon';
import type { Container } from 'inversify';
import { rootContainer } from '../support/container.js';
import { decorate } from './untyped.js';

class Rang {}

class Broke {}

function build(...classes: (new () => object)[]): Container {
  const { container } = rootContainer({ queues: { default: { processing: 'manual' } } });
  for (const built of classes) {
    container.bind(built).toSelf().inSingletonScope();
    container.get(built);
  }
  return container;
}

describe('declarations', () => {
  it('wire an identical second declaration once', async () => {
    let calls = 0;
    class Twice {
      @On(Rang)
      @On(Rang)
      @Once(Broke)
      @Once(Broke)
      @Subscribe('bell')
      @Subscribe('bell')
      @Deferred('bell')
      @Deferred('bell')
      hear() {
        calls += 1;
      }
    }
    const container = build(Twice);

    container.get(ScopedEmitter).emit(new Rang());
    container.get(ScopedEmitter).emit(new Broke());
    await container.get(EventBus).publish('bell', undefined);
    await container.get(EventQueue).defer('bell', undefined);
    container.get(EventQueue).process();

    expect(calls).toBe(4);
  });

  it('take the default queue and its name for the same', async () => {
    let calls = 0;
    class Mixed {
      @Deferred('bell')
      @Deferred('bell', { queue: 'default' })
      hear() {
        calls += 1;
      }
    }
    const queue = build(Mixed).get(EventQueue);
    await queue.defer('bell', undefined);

    queue.process();

    expect(calls).toBe(1);
  });

  it('let one method listen to two events and to one event by two verbs', async () => {
    const calls: unknown[] = [];
    class Both {
      @On(Rang)
      @On('bell.broke')
      @Subscribe(Rang)
      hear(event: unknown) {
        calls.push(event);
      }
    }
    const container = build(Both);
    const rang = new Rang();

    container.get(ScopedEmitter).emit(rang);
    container.get(ScopedEmitter).emit('bell.broke', 'crack');
    await container.get(EventBus).publish(rang);

    expect(calls).toEqual([rang, 'crack', rang]);
  });

  it('of a list are one handler for each of its events, by each verb', async () => {
    const calls: unknown[] = [];
    class Listener {
      @On([Rang, 'bell.broke'])
      on(event: unknown) {
        calls.push(['on', event]);
      }
      @Once(['bell.broke', Rang])
      once(event: unknown) {
        calls.push(['once', event]);
      }
      @Subscribe(['bell.*', Rang])
      subscribe(event: unknown) {
        calls.push(['subscribe', event]);
      }
      @Deferred([Rang, 'bell.broke'])
      deferred(event: unknown) {
        calls.push(['deferred', event]);
      }
    }
    const container = build(Listener);
    const emitter = container.get(ScopedEmitter);
    const rang = new Rang();

    for (let round = 0; round < 2; round += 1) {
      emitter.emit(rang);
      emitter.emit('bell.broke', round);
    }
    await container.get(EventBus).publish('bell.fell', 'bus');
    await container.get(EventBus).publish(rang);
    await container.get(EventQueue).defer(rang);
    await container.get(EventQueue).defer('bell.broke', 'queue');
    container.get(EventQueue).process();

    expect(calls).toEqual([
      ['on', rang],
      ['once', rang],
      ['on', 0],
      ['once', 0],
      ['on', rang],
      ['on', 1],
      ['subscribe', 'bus'],
      ['subscribe', rang],
      ['deferred', rang],
      ['deferred', 'queue'],
    ]);
  });

  it('let one method work off two queues', async () => {
    const { container } = rootContainer({
      queues: { mail: { processing: 'manual' }, log: { processing: 'manual' } },
    });
    let calls = 0;
    class Worker {
      @Deferred(Rang, { queue: 'mail' })
      @Deferred(Rang, { queue: 'log' })
      work() {
        calls += 1;
      }
    }
    container.bind(Worker).toSelf().inSingletonScope();
    container.get(Worker);
    const queue = container.get(EventQueue);
    await queue.defer(new Rang());

    queue.process('mail');
    queue.process('log');

    expect(calls).toBe(2);
  });

  it('wire methods that are named by a symbol or not public', () => {
    const calls: string[] = [];
    const secret = Symbol('secret');
    class Hidden {
      @On(Rang)
      [secret]() {
        calls.push('symbol');
      }
      @On(Rang)
      protected ring() {
        calls.push('protected');
      }
    }
    const container = build(Hidden);

    container.get(ScopedEmitter).emit(new Rang());

    expect(calls).toEqual(['symbol', 'protected']);
  });

  it('name a symbol in an error', () => {
    const { container, errors } = rootContainer();
    const secret = Symbol('secret');
    class Hidden {
      @On(Rang)
      [secret]() {
        throw new Error('cracked');
      }
    }
    container.bind(Hidden).toConstantValue(new Hidden());
    container.get(Hidden);

    container.get(ScopedEmitter).emit(new Rang());

    expect(errors).toEqual([
      expect.objectContaining({
        code: 'CAR4001',
        className: 'Hidden',
        method: 'Symbol(secret)',
        event: 'Rang',
      }),
    ]);
  });

  it('of a derived class stay its own', () => {
    const calls: string[] = [];
    class Base {
      readonly name: string = 'base';
      @On(Rang)
      hear() {
        calls.push(`${this.name} rang`);
      }
    }
    class Left extends Base {
      override readonly name: string = 'left';
      @On(Broke)
      fix() {
        calls.push(`${this.name} broke`);
      }
    }
    class Right extends Base {
      override readonly name: string = 'right';
      @On(Broke)
      override hear() {
        super.hear();
      }
    }
    const emitter = build(Base, Left, Right).get(ScopedEmitter);

    emitter.emit(new Rang());
    emitter.emit(new Broke());

    expect(calls).toEqual(['base rang', 'left rang', 'left broke', 'right rang']);
  });

  it('are not seen by for…in, Object.keys or JSON', () => {
    class Plain {
      readonly value = 1;
      @On(Rang)
      hear() {}
    }
    const seen: string[] = [];

    for (const key in new Plain()) seen.push(key);

    expect(seen).toEqual(['value']);
    expect(Object.keys(Plain.prototype)).toEqual([]);
    expect(JSON.stringify(new Plain())).toBe('{"value":1}');
  });

  it('tell tokens that share a name apart', () => {
    const [first, second] = [defineEvent<number>('bell'), defineEvent<number>('bell')];
    const calls: string[] = [];
    class Listener {
      @On(first)
      hearFirst(value: number) {
        calls.push(`first ${value}`);
      }
      @On(second)
      hearSecond(value: number) {
        calls.push(`second ${value}`);
      }
      @On('bell')
      hearTopic() {
        calls.push('topic');
      }
    }
    const emitter = build(Listener).get(ScopedEmitter);

    emitter.emit(second, 2);
    emitter.emit(first, 1);
    emitter.emit('bell', 0);

    expect(calls).toEqual(['second 2', 'first 1', 'topic']);
  });

  it('tell classes that share a name apart', () => {
    const make = () => class Same {};
    const [First, Second] = [make(), make()];
    const calls: string[] = [];
    class Listener {
      @On(First)
      hear() {
        calls.push('first');
      }
    }
    const emitter = build(Listener).get(ScopedEmitter);

    emitter.emit(new Second());
    emitter.emit(new First());

    expect(calls).toEqual(['first']);
  });

  it('written by hand do what a decorator does', () => {
    let calls = 0;
    class Plain {
      hear() {
        calls += 1;
      }
    }
    decorate(On(Rang) as (...args: unknown[]) => void, Plain.prototype, 'hear');
    const emitter = build(Plain).get(ScopedEmitter);

    emitter.emit(new Rang());

    expect(calls).toBe(1);
  });
});
