/** Whatever is sent around a start: each event is heard once, in order, or its sender is told that it was not taken. */
import { describe, expect, it } from '@jest/globals';
import { EventBus, On, ScopedEmitter, Subscribe } from 'carillon';
import { start } from 'carillon/inversify';
import { rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { fc } from '../support/properties.js';

class Rang {
  constructor(readonly number: number) {}
}

const verb = fc.constantFrom('emit' as const, 'publish' as const);
const sent = fc.array(verb, { maxLength: 6 });
const mode = fc.oneof(
  fc.constantFrom('keep' as const, 'refuse' as const, undefined),
  fc.record({ keep: fc.integer({ min: 1, max: 5 }) }),
);

describe('events around a start', () => {
  it('E13 are heard once each and in order, or refused to their sender', async () => {
    await fc.assert(
      fc.asyncProperty(mode, sent, sent, sent, async (beforeStart, before, during, after) => {
        const { container, errors } = rootContainer(
          beforeStart === undefined ? {} : { beforeStart },
        );
        const slow = gate();
        const heard: number[] = [];
        const refused: number[] = [];
        class Bell {
          @On(Rang)
          @Subscribe(Rang)
          hear({ number }: Rang) {
            heard.push(number);
          }
        }
        container
          .bind(Bell)
          .toDynamicValue(async () => {
            await slow.promise;
            return new Bell();
          })
          .inSingletonScope();
        let number = 0;
        const sendAll = async (verbs: readonly ('emit' | 'publish')[]) => {
          for (const each of verbs) {
            number += 1;
            try {
              if (each === 'emit') container.get(ScopedEmitter).emit(new Rang(number));
              else await container.get(EventBus).publish(new Rang(number));
            } catch {
              refused.push(number);
            }
          }
        };

        await sendAll(before);
        const started = start(container);
        await sendAll(during);
        slow.open();
        await started;
        await sendAll(after);

        const all = Array.from({ length: number }, (_, index) => index + 1);
        // By default nobody is there before the start is called, and that is no loss: who sends so early says so.
        const unheard = beforeStart === undefined ? all.slice(0, before.length) : [];
        expect(heard).toEqual(
          all.filter((each) => !refused.includes(each) && !unheard.includes(each)),
        );
        const early = before.length + during.length;
        const kept = typeof beforeStart === 'object' ? Math.min(early, beforeStart.keep) : early;
        expect(refused).toEqual(
          beforeStart === 'refuse' ? all.slice(0, early) : all.slice(kept, early),
        );
        expect(errors).toEqual([]);
      }),
    );
  });
});
