/** E18 and E20: emits that wait for their turn, or are refused. */
import { describe, expect, it } from '@jest/globals';
import { createScope, defineEvent, type EmitOptions, ScopedEmitter } from 'carillon';
import { openScope } from 'carillon/inversify';
import { rootContainer } from '../support/container.js';

type Reentrancy = EmitOptions['reentrancy'];

const Turned = defineEvent<number>('turned');
const Queued = defineEvent<number>('queued', { reentrancy: 'queue' });

/** Emits up to 3, each inside of the one before, the inner ones with that policy. */
function nested(inner: Reentrancy, verb: 'emit' | 'emitAsync') {
  const scope = createScope();
  const log: string[] = [];
  const send = (value: number, reentrancy: Reentrancy) => {
    const options: EmitOptions = reentrancy === undefined ? {} : { reentrancy };
    const sent =
      verb === 'emit'
        ? scope.emitter.emit(Turned, value, options)
        : scope.emitter.emitAsync(Turned, value, options);
    if (sent instanceof Promise) sent.catch(({ code }: { code: string }) => log.push(code));
  };
  scope.emitter.on(Turned, (value) => {
    log.push(`in ${value}`);
    try {
      if (value < 3) send(value + 1, inner);
    } catch (error) {
      log.push((error as { code: string }).code);
    }
    log.push(`out ${value}`);
  });
  return { log, send };
}

describe('a policy of re-entrancy', () => {
  const outers: readonly Reentrancy[] = [undefined, 'nest', 'queue', 'forbid'];
  const cases = outers.flatMap((outer) =>
    (['emit', 'emitAsync'] as const).map((verb) => [verb, outer] as const),
  );

  it.each(cases)('E20 of queue, given at the inner %s, holds inside of %s', (verb, outer) => {
    const { log, send } = nested('queue', verb);

    for (const _ of [1, 2]) {
      log.length = 0;
      send(1, outer);
      expect(log).toEqual(['in 1', 'out 1', 'in 2', 'out 2', 'in 3', 'out 3']);
    }
  });

  it.each(outers)('E20 of forbid, given at the inner emit, holds inside of %s', (outer) => {
    const { log, send } = nested('forbid', 'emit');

    send(1, outer);

    expect(log).toEqual(['in 1', 'CAR4006', 'out 1']);
  });

  it.each([
    ['topics', ['a', 'b']],
    ['a pattern', ['*']],
  ])(
    'E20 of queue waits for the outermost emit of its event, and for no other event or emitter, by %s',
    (_, heard) => {
      const { container } = rootContainer();
      const [outer, other] = [
        container.get(ScopedEmitter),
        openScope(container).get(ScopedEmitter),
      ] as const;
      const log: string[] = [];
      for (const [name, emitter] of Object.entries({ outer, other })) {
        for (const event of heard)
          emitter.on(event, (value: unknown) => log.push(`${name} ${value}`));
      }
      outer.on(heard[0] as string, (value: unknown) => {
        if (value !== 1) return;
        other.emit('a', 2 as never, { reentrancy: 'queue' });
        outer.emit('b', 3 as never, { reentrancy: 'queue' });
        outer.emit('a', 4 as never, { reentrancy: 'queue' });
        log.push('out');
      });

      outer.emit('a', 1 as never);

      expect(log).toEqual(['outer 1', 'other 2', 'outer 3', 'out', 'outer 4']);
    },
  );
});

describe("errors: 'throw'", () => {
  it('E18 gives the error to the error handler where the emit had to wait, and to the caller where not', () => {
    const { container, errors } = rootContainer();
    const emitter = container.get(ScopedEmitter);
    const caught: string[] = [];
    const emit = (value: number) => {
      try {
        emitter.emit(Queued, value, { errors: 'throw' });
      } catch (error) {
        caught.push(`${value} ${(error as Error).message}`);
      }
    };
    emitter.on(Queued, function turn(value) {
      if (value === 1) emit(2);
      if (value > 1) throw new Error(`cannot turn to ${value}`);
    });

    emit(1);
    expect(caught).toEqual([]);
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('cannot turn to 2'),
    ]);

    emit(3);
    expect(caught).toEqual([expect.stringContaining('3 CAR4002')]);
    expect(errors.length).toBe(1);
  });
});
