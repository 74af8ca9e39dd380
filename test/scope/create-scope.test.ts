/** A scope without a container: what it takes, and what it refuses. */
import { describe, expect, it, jest } from '@jest/globals';
import { createScope, defineEvent } from 'carillon';

const Scored = defineEvent<number>('scored');

describe('createScope', () => {
  it('gives an emitter whose handlers end with the scope', async () => {
    const scope = createScope();
    const heard = jest.fn();
    scope.emitter.on(Scored, heard);
    scope.emitter.emit(Scored, 3);

    await scope.disposeAsync();

    expect(heard.mock.calls.map(([points]) => points)).toEqual([3]);
    expect(scope.emitter.listenerCount(Scored)).toBe(0);
  });

  it.each([
    { overlap: 'queue' },
    { debounce: 100 },
    { throttle: 100 },
    { batch: { size: 2, within: 100 } },
  ] as const)('CAR6014: refuses %p, which takes a scheduler', (options) => {
    const { emitter } = createScope();

    expect(() => emitter.on(Scored, () => undefined, options as object)).toThrow(
      expect.objectContaining({ code: 'CAR6014' }),
    );
    expect(emitter.listenerCount(Scored)).toBe(0);
  });

  it('CAR6014: refuses generator functions, plain and async', () => {
    const { emitter } = createScope();
    const generators = [
      function* () {
        yield;
      },
      async function* () {
        yield;
      },
    ];

    for (const generator of generators) {
      expect(() => emitter.on(Scored, generator)).toThrow(
        expect.objectContaining({ code: 'CAR6014' }),
      );
    }
  });
});
