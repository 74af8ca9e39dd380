/** Decorators that name no event, or a topic that is none. */

import { describe, expect, it } from '@jest/globals';
import { defineEvent } from 'carillon';
import { decorate, decorators, errorOf, verbs } from './untyped.js';

class Bell {
  ring() {}
}

const BAD_TOPICS: readonly [string, string][] = [
  ['', 'it is empty'],
  ['  ', 'it is empty'],
  ['.', 'segments is empty'],
  ['bell.', 'segments is empty'],
  ['.bell', 'segments is empty'],
  ['bell..rang', 'segments is empty'],
  ['bell. rang', 'white space'],
  ['bell .rang', 'white space'],
  ['bell.r*', 'mixes a wildcard with text'],
  ['bell.***', 'mixes a wildcard with text'],
  ['bell/*', "mixes a wildcard with text; in Carillon '*' is one whole segment"],
  ['#', '"#" is a wildcard of other brokers; in Carillon \'*\' is one whole segment'],
  ['bell.#', '"#" is a wildcard of other brokers'],
  ['#.bell', '"#" is a wildcard of other brokers'],
  ['bell.+.rang', '"+" is a wildcard of other brokers'],
  ['bell/+/rang', '"+" is a wildcard of other brokers'],
  ['bell/#', '"#" is a wildcard of other brokers'],
  ['bell.>', '">" is a wildcard of other brokers'],
];

/** Signs of other brokers' wildcards, as text. */
const PLAIN_TOPICS = ['c++', 'c#.compiled', 'issue.#7', 'a->b', 'bell/rang', 'a.+b', 'a#/b'];

describe('a decorator with a bad event', () => {
  describe.each(decorators)('@%s', (verb, decorator) => {
    it.each([
      [undefined],
      [null],
      [0],
      [42],
      [true],
      [Symbol('bell')],
      [{}],
      [[undefined]],
      [[7, 7]],
      [[['bell']]],
      [new Date(0)],
    ])('CAR1004: refuses %p', (event) => {
      const error = errorOf(() => decorate(decorator(event), Bell.prototype, 'ring'));

      expect(error.code).toBe('CAR1004');
      expect(error.message).toContain(`@${verb} on Bell.ring names no event`);
      expect(error.message).toContain('Give an event class, a token from defineEvent, or a topic.');
    });

    it('CAR1009: refuses a list that is empty, or names an event twice', () => {
      const token = defineEvent('bell');
      const lists = [[], ['bell', 'rang', 'bell'], [Bell, Bell], [token, 'bell', token]];

      const errors = lists.map((list) =>
        errorOf(() => decorate(decorator(list), Bell.prototype, 'ring')),
      );

      const place = `CAR1009: @${verb} on Bell.ring has a list of events that`;
      expect(errors.map(({ message }) => message)).toEqual([
        `${place} is empty. Name each event once.`,
        `${place} names bell twice. Name each event once.`,
        `${place} names Bell twice. Name each event once.`,
        `${place} names bell twice. Name each event once.`,
      ]);
    });

    it.each(BAD_TOPICS)('CAR1005: refuses the topic %p because %s', (topic, fault) => {
      const error = errorOf(() => decorate(decorator(topic), Bell.prototype, 'ring'));

      expect(error.code).toBe('CAR1005');
      expect(error.message).toContain(
        `@${verb} on Bell.ring has the topic ${JSON.stringify(topic)}`,
      );
      expect(error.message).toContain(fault);
    });

    it.each(PLAIN_TOPICS)('takes the topic %p', (topic) => {
      class Listener {
        hear() {}
      }

      expect(() => decorate(decorator(topic), Listener.prototype, 'hear')).not.toThrow();
    });
  });

  it('CAR1004: says that a circular import leaves a class undefined', () => {
    const error = errorOf(() =>
      decorate(verbs.On?.(undefined) as () => void, Bell.prototype, 'ring'),
    );

    expect(error.message).toContain('circular import');
  });

  it('CAR1004: refuses an object that has no text form', () => {
    const error = errorOf(() =>
      decorate(verbs.On?.(Object.create(null)) as () => void, Bell.prototype, 'ring'),
    );

    expect(error.code).toBe('CAR1004');
  });

  it.each(['bell.*', '**', 'bell.**.rang'])(
    'CAR1005: @Deferred refuses the pattern %p, the others take it',
    (pattern) => {
      class Listener {
        hear() {}
      }
      const take = (verb: string) =>
        decorate(verbs[verb]?.(pattern) as () => void, Listener.prototype, 'hear');

      const error = errorOf(() => take('Deferred'));

      expect(error.code).toBe('CAR1005');
      expect(error.message).toContain('@Deferred on Listener.hear');
      expect(error.message).toContain('name one topic');
      expect(() => ['On', 'Once', 'Subscribe'].forEach(take)).not.toThrow();
    },
  );

  it.each([[''], ['   '], [7], [null]])('CAR1005: @Deferred refuses the queue name %p', (queue) => {
    const error = errorOf(() =>
      decorate(verbs.Deferred?.('bell', { queue }) as () => void, Bell.prototype, 'ring'),
    );

    expect(error.code).toBe('CAR1005');
    expect(error.message).toContain('@Deferred on Bell.ring has the queue name');
  });
});

describe('defineEvent', () => {
  it.each([
    [''],
    [' '],
    ['bell.*'],
    ['**'],
    ['bell.#'],
    ['bell..rang'],
    [undefined],
    [null],
    [7],
    [{}],
  ])('CAR1005: refuses the name %p', (name) => {
    const error = errorOf(() => defineEvent(name as string));

    expect(error.code).toBe('CAR1005');
    expect(error.message).toContain('Give the event a name');
  });

  it('makes two events of two tokens that share a name', () => {
    const [first, second] = [defineEvent('bell'), defineEvent('bell')];

    expect(first).not.toBe(second);
    expect({ firstName: first.name, secondName: second.name }).toEqual({
      firstName: 'bell',
      secondName: 'bell',
    });
  });
});
