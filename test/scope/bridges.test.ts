/** Bridges to the event makers of others: what passes, in both directions, and that nothing passes after the end of the scope. */
import { EventEmitter } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import {
  defineEvent,
  fromEventEmitter,
  fromEventTarget,
  fromObservable,
  type Scope,
  ScopedEmitter,
  spawn,
  toEventEmitter,
  toEventTarget,
  toObservable,
} from 'carillon';
import { openScope, scopeOf } from 'carillon/inversify';
import { BehaviorSubject, from, of, Subject } from 'rxjs';
import { rootContainer } from '../support/container.js';

class Rang {
  constructor(readonly times: number) {}
}

const Tolled = defineEvent<number>('tolled');

function tower() {
  const { container, errors } = rootContainer();
  const request = openScope(container, { name: 'request' });
  const heard: number[] = [];
  const emitter = request.get(ScopedEmitter);
  return { scope: scopeOf(request), emitter, errors, heard };
}

describe('a bridge from a Node EventEmitter', () => {
  it('L1 brings what is emitted, and takes its listener away with the end of the scope', () => {
    const { scope, emitter, heard } = tower();
    const source = new EventEmitter();
    emitter.on(Rang, ({ times }) => heard.push(times));
    fromEventEmitter(scope, source, 'rang', {
      event: Rang,
      read: (times: number, factor: number) => new Rang(times * factor),
    });

    source.emit('rang', 2, 3);
    scope.dispose();
    source.emit('rang', 4, 5);

    expect(heard).toEqual([6]);
    expect(source.listenerCount('rang')).toBe(0);
  });

  it('ends at a call as well, and then holds nothing of the scope', () => {
    const { scope, emitter, heard } = tower();
    const source = new EventEmitter();
    emitter.on(Tolled, (times) => heard.push(times));
    const end = fromEventEmitter(scope, source, 'tolled', {
      event: Tolled,
      read: (times: number) => times,
    });

    source.emit('tolled', 1);
    end();
    end();
    source.emit('tolled', 2);

    expect(heard).toEqual([1]);
    expect(source.listenerCount('tolled')).toBe(0);
  });

  it.each([
    ['a reader that throws', () => JSON.parse('no JSON')],
    ['a reader that gives something else', () => ({ times: 1 })],
  ])('CAR4011 reports %s, and the source goes on', (_, read) => {
    const { scope, errors, heard } = tower();
    const source = new EventEmitter();
    fromEventEmitter(scope, source, 'rang', { event: Rang, read });
    source.on('rang', () => heard.push(1));

    source.emit('rang');

    expect(errors.map(({ code }) => code)).toEqual(['CAR4011']);
    expect(heard).toEqual([1]);
  });

  it('is refused by a scope that has ended, and the source is not touched', () => {
    const { scope } = tower();
    const source = new EventEmitter();
    scope.dispose();

    expect(() => fromEventEmitter(scope, source, 'rang', { event: Tolled, read: () => 1 })).toThrow(
      'CAR3001',
    );
    expect(source.listenerCount('rang')).toBe(0);
  });
});

describe('a bridge to a Node EventEmitter', () => {
  it('L1 passes on what the scope hears, until it ends', () => {
    const { scope, emitter, heard } = tower();
    const target = new EventEmitter();
    target.on('rang', ({ times }: Rang) => heard.push(times));
    toEventEmitter(scope, Rang, target, 'rang');

    emitter.emit(new Rang(1));
    scope.dispose();
    emitter.emit(new Rang(2));

    expect(heard).toEqual([1]);
  });

  it('E3 reports what a listener there throws', () => {
    const { scope, emitter, errors } = tower();
    const target = new EventEmitter();
    target.on('rang', () => {
      throw new Error('cracked');
    });
    toEventEmitter(scope, Rang, target, 'rang');

    emitter.emit(new Rang(1));

    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('toEventEmitter failed on Rang'),
    ]);
  });
});

describe('bridges of an EventTarget', () => {
  it('L1 bring and dispatch until the scope ends', () => {
    const { scope, emitter, heard } = tower();
    const source = new EventTarget();
    const target = new EventTarget();
    fromEventTarget(scope, source, 'rang', {
      event: Rang,
      read: (event: CustomEvent<number>) => new Rang(event.detail),
    });
    toEventTarget(scope, Rang, target, 'heard');
    target.addEventListener('heard', (event) =>
      heard.push((event as CustomEvent<Rang>).detail.times),
    );

    source.dispatchEvent(new CustomEvent('rang', { detail: 1 }));
    scope.dispose();
    source.dispatchEvent(new CustomEvent('rang', { detail: 2 }));
    emitter.emit(new Rang(3));

    expect(heard).toEqual([1]);
  });

  it('end at a call', () => {
    const { scope, emitter, heard } = tower();
    const source = new EventTarget();
    emitter.on(Tolled, (times) => heard.push(times));

    fromEventTarget(scope, source, 'tolled', { event: Tolled, read: () => 1 })();
    source.dispatchEvent(new Event('tolled'));

    expect(heard).toEqual([]);
  });
});

describe('a bridge from an observable', () => {
  it('L1 brings what it gives, also what it gives at once, and unsubscribes with the end of the scope', () => {
    const { scope, emitter, heard } = tower();
    const subject = new BehaviorSubject(1);
    emitter.on(Tolled, (times) => heard.push(times));
    fromObservable(scope, subject, { event: Tolled, read: (times) => times });

    subject.next(2);
    scope.dispose();
    subject.next(3);

    expect(heard).toEqual([1, 2]);
    expect(subject.observed).toBe(false);
  });

  it('ends when it completes', () => {
    const { scope, emitter, heard } = tower();
    emitter.on(Tolled, (times) => heard.push(times));

    const end = fromObservable(scope, of(1, 2), { event: Tolled, read: (times) => times });
    end();

    expect(heard).toEqual([1, 2]);
  });

  it('takes what has the protocol and is no observable itself', () => {
    const { scope, emitter, heard } = tower();
    const subject = new Subject<number>();
    const store = {
      '@@observable': () => subject,
      subscribe: (_: (value: number) => void) => ({ unsubscribe: () => undefined }),
    };
    emitter.on(Tolled, (times) => heard.push(times));
    fromObservable(scope, store, { event: Tolled, read: (times) => times });

    subject.next(1);

    expect(heard).toEqual([1]);
  });

  it('CAR4012 reports that it has failed, and ends', () => {
    const { scope, errors } = tower();
    const subject = new Subject<number>();
    fromObservable(scope, subject, { event: Tolled, read: (times) => times });

    subject.error(new Error('no line'));

    expect(errors.map(({ code, message }) => [code, message.includes('no line')])).toEqual([
      ['CAR4012', true],
    ]);
  });

  it('stops one that goes on giving within its subscribe', () => {
    const { scope, emitter, heard } = tower();
    emitter.on(Tolled, (times) => {
      heard.push(times);
      scope.dispose();
    });

    fromObservable(scope, of(1, 2, 3), { event: Tolled, read: (times) => times });

    expect(heard).toEqual([1]);
  });
});

describe('a bridge to an observable', () => {
  it('L1 gives what comes, to each subscriber until it leaves, and completes with the end of the scope', () => {
    const { scope, emitter } = tower();
    const first: unknown[] = [];
    const second: unknown[] = [];
    const rung = from(toObservable(scope, Rang));
    const leaving = rung.subscribe(({ times }) => first.push(times));
    rung.subscribe({
      next: ({ times }) => second.push(times),
      complete: () => second.push('complete'),
    });

    emitter.emit(new Rang(1));
    leaving.unsubscribe();
    emitter.emit(new Rang(2));
    scope.dispose();

    expect({ first, second }).toEqual({ first: [1], second: [1, 2, 'complete'] });
  });

  it('takes a function, and an observer that asks for nothing', () => {
    const { scope, emitter, heard } = tower();
    const rung = toObservable(scope, Tolled);
    rung.subscribe((times) => heard.push(times));
    rung.subscribe({});

    emitter.emit(Tolled, 1);
    scope.dispose();

    expect(heard).toEqual([1]);
  });

  it('listens only while somebody has subscribed', () => {
    const { scope, emitter } = tower();
    const rung = from(toObservable(scope, Rang));

    const before = emitter.listenerCount(Rang);
    const subscription = rung.subscribe();
    const meanwhile = emitter.listenerCount(Rang);
    subscription.unsubscribe();

    expect({ before, meanwhile, listenerCount: emitter.listenerCount(Rang) }).toEqual({
      before: 0,
      meanwhile: 1,
      listenerCount: 0,
    });
  });

  it('fails a subscription that comes after the end', () => {
    const { scope } = tower();
    const failures: unknown[] = [];
    scope.dispose();

    from(toObservable(scope, Rang)).subscribe({
      error: (error: { code: string }) => failures.push(error.code),
    });

    expect(failures).toEqual(['CAR3001']);
  });
});

describe('something that is not a scope', () => {
  const source = new EventEmitter();
  const target = new EventTarget();
  const incoming = { event: Tolled, read: () => 1 };

  it.each<[string, (scope: never) => unknown]>([
    ['fromEventEmitter', (scope) => fromEventEmitter(scope, source, 'tolled', incoming)],
    ['toEventEmitter', (scope) => toEventEmitter(scope, Tolled, source, 'tolled')],
    ['fromEventTarget', (scope) => fromEventTarget(scope, target, 'tolled', incoming)],
    ['toEventTarget', (scope) => toEventTarget(scope, Tolled, target, 'tolled')],
    ['fromObservable', (scope) => fromObservable(scope, new Subject<number>(), incoming)],
    ['toObservable', (scope) => toObservable(scope, Tolled)],
    ['spawn', (scope) => spawn(scope, function* () {})],
  ])('is refused by %s', (name, call) => {
    const { container } = rootContainer();

    for (const given of [undefined, null, container, container.get(ScopedEmitter), 'request'])
      expect(() => call(given as never)).toThrow(
        expect.objectContaining({
          code: 'CAR3013',
          message: expect.stringContaining(`${name}() was given`),
        }),
      );
    expect(source.eventNames()).toEqual([]);
  });
});

describe('a bridge that cannot begin', () => {
  const incoming = { event: Tolled, read: () => 1 };
  const event = (wrong: unknown) => ({ ...incoming, event: wrong as typeof Tolled });

  it.each<[string, string, (scope: Scope, other: never) => unknown]>([
    ['fromEventEmitter', 'source', (s, source) => fromEventEmitter(s, source, 'tolled', incoming)],
    ['toEventEmitter', 'target', (s, target) => toEventEmitter(s, Tolled, target, 'tolled')],
    ['fromEventTarget', 'source', (s, source) => fromEventTarget(s, source, 'tolled', incoming)],
    ['toEventTarget', 'target', (s, target) => toEventTarget(s, Tolled, target, 'tolled')],
    ['fromObservable', 'source', (s, source) => fromObservable(s, source, incoming)],
  ])('CAR4009: %s refuses another %s, and leaves nothing in the scope', (name, side, call) => {
    const { scope, errors } = tower();
    const atClose = jest.spyOn(scope, 'atClose');

    for (const other of [undefined, null, {}, 'a bell', { on: () => undefined }])
      expect(() => call(scope, other as never)).toThrow(
        expect.objectContaining({
          code: 'CAR4009',
          message: expect.stringContaining(`${name}() has ${side}: `),
        }),
      );
    expect(atClose).not.toHaveBeenCalled();
    scope.dispose();
    expect(errors).toEqual([]);
  });

  it.each([
    [{ event: Tolled }, 'CAR4009'],
    [undefined, 'CAR4009'],
    [event(undefined), 'CAR1004'],
    [event(7), 'CAR1004'],
    [event('order.*'), 'CAR4004'],
    [event('order..placed'), 'CAR4004'],
  ])('is refused with %p by %s, and leaves nothing on the source', (wrong, code) => {
    const { scope } = tower();
    const source = new EventEmitter();
    const target = new EventTarget();
    const add = jest.spyOn(target, 'addEventListener');
    const subject = new Subject<number>();
    const atClose = jest.spyOn(scope, 'atClose');
    const given = wrong as typeof incoming;

    for (const call of [
      () => fromEventEmitter(scope, source, 'tolled', given),
      () => fromEventTarget(scope, target, 'tolled', given),
      () => fromObservable(scope, subject, given),
    ])
      expect(call).toThrow(expect.objectContaining({ code }));
    expect(source.eventNames()).toEqual([]);
    expect(add).not.toHaveBeenCalled();
    expect(subject.observed).toBe(false);
    expect(atClose).not.toHaveBeenCalled();
  });

  it('gives what its source throws, and takes back what it has registered', () => {
    const { scope, errors } = tower();
    const ends: string[] = [];
    const refuse = () => {
      throw new RangeError('no more listeners');
    };
    const off = () => {
      ends.push('off');
      throw new Error('never heard of it');
    };

    expect(() => fromEventEmitter(scope, { on: refuse, off }, 'tolled', incoming)).toThrow(
      RangeError,
    );
    expect(() => fromObservable(scope, { subscribe: refuse }, incoming)).toThrow(RangeError);
    scope.dispose();

    expect(ends).toEqual(['off']);
    expect(errors).toEqual([]);
  });
});
