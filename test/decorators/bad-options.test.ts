/** Options of decorators that cannot be kept. */
import { describe, expect, it } from '@jest/globals';
import { decorate, decorators, errorOf, type UntypedDecorator, verbs } from './untyped.js';

class Rang {}

class Bell {
  ring() {}
}

function declareTwice(decorator: UntypedDecorator, first: unknown, second: unknown): void {
  class Twice {
    ring() {}
  }
  decorate(decorator(Rang, first), Twice.prototype, 'ring');
  decorate(decorator(Rang, second), Twice.prototype, 'ring');
}

describe('a decorator with bad options', () => {
  it.each(decorators)(
    'CAR1007: @%s refuses a priority that is no finite number',
    (verb, decorator) => {
      const priorities = [Number.NaN, Number.POSITIVE_INFINITY, '5', null, {}];

      const errors = priorities.map((priority) =>
        errorOf(() => decorate(decorator(Rang, { priority }), Bell.prototype, 'ring')),
      );

      expect(errors.map((error) => error.code)).toEqual(priorities.map(() => 'CAR1007'));
      for (const error of errors)
        expect(error.message).toMatch(`@${verb} on Bell.ring has priority: `);
    },
  );

  it.each(decorators)(
    'CAR1007: @%s refuses a before or after that names no class',
    (verb, decorator) => {
      const options = [
        { before: 'Bell' },
        { before: null },
        { before: [undefined] },
        { after: ['Bell', 'ring'] },
        { after: [undefined, Bell] },
        { after: [[undefined, 'ring']] },
        { after: [Bell, [Bell, 'ring'], 7] },
      ];

      const codes = options.map(
        (option) => errorOf(() => decorate(decorator(Rang, option), Bell.prototype, 'ring')).code,
      );

      expect(codes).toEqual(options.map(() => 'CAR1007'));
      const error = errorOf(() => decorate(decorator(Rang, { after: 3 }), Bell.prototype, 'ring'));
      expect(error.message).toContain(`@${verb} on Bell.ring has after: 3. Give a class`);
      expect(error.message).toContain("[Class, 'method']");
    },
  );

  it.each(decorators)(
    'CAR1007: @%s refuses a when that is no function, and an exact that is neither true nor false',
    (verb, decorator) => {
      const options = [
        { when: true },
        { when: null },
        { when: 'total > 1' },
        { exact: 1 },
        { exact: null },
      ];

      const errors = options.map((option) =>
        errorOf(() => decorate(decorator(Rang, option), Bell.prototype, 'ring')),
      );

      expect(errors.map((error) => error.code)).toEqual(options.map(() => 'CAR1007'));
      expect(errors[0]?.message).toBe(
        `CAR1007: @${verb} on Bell.ring has when: true. Give a function.`,
      );
      expect(errors[3]?.message).toBe(
        `CAR1007: @${verb} on Bell.ring has exact: 1. Give true or false.`,
      );
    },
  );

  it('CAR1007: refuses a class in a list that a circular import left undefined, wherever it stands', () => {
    const lists = [[undefined], [undefined, Bell], [Bell, undefined], [Bell, Rang, undefined]];

    const codes = lists.map(
      (after) =>
        errorOf(() => decorate(verbs.On?.(Rang, { after }) as () => void, Bell.prototype, 'ring'))
          .code,
    );

    expect(codes).toEqual(lists.map(() => 'CAR1007'));
  });

  it.each(decorators)(
    'CAR1006: @%s refuses a second declaration with other options',
    (verb, decorator) => {
      const pairs = [
        [{}, { priority: 1 }],
        [{ before: Bell }, {}],
        [{ before: Bell }, { after: Bell }],
        [{ after: [Bell, 'ring'] }, { after: [Bell, 'strike'] }],
        [{ exact: true }, {}],
        [{ when: () => true }, { when: () => true }],
      ];

      const errors = pairs.map(([first, second]) =>
        errorOf(() => declareTwice(decorator, first, second)),
      );

      expect(errors.map((error) => error.code)).toEqual(pairs.map(() => 'CAR1006'));
      for (const error of errors)
        expect(error.message).toContain(`@${verb} on Twice.ring is declared twice for Rang`);
    },
  );

  it.each(decorators)('@%s takes a second declaration that says the same', (_, decorator) => {
    const pairs = [
      [undefined, {}],
      [{ priority: 0 }, {}],
      [{ exact: false }, {}],
      [{ when: Boolean }, { when: Boolean }],
      [{ before: Bell }, { before: [Bell] }],
      [{ after: [Bell, 'ring'] }, { after: [[Bell, 'ring']] }],
    ];

    const declareAll = () => {
      for (const [first, second] of pairs) declareTwice(decorator, first, second);
    };

    expect(declareAll).not.toThrow();
  });

  it('refuses nothing of what follows an error', () => {
    errorOf(() => declareTwice(verbs.Once as UntypedDecorator, {}, { priority: 1 }));

    expect(() => declareTwice(verbs.Once as UntypedDecorator, {}, {})).not.toThrow();
  });
});
