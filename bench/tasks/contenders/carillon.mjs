/** Tasks of a scope, on a manual clock. */
import 'reflect-metadata';
import { manualClock, sleep, spawn } from 'carillon';
import { events, scopeOf } from 'carillon/inversify';
import { Container } from 'inversify';

export function createWorld() {
  const clock = manualClock();
  const container = new Container();
  container.register(events({ clock }));
  const scope = scopeOf(container);
  return {
    /** @param {number} dt */
    tick: (dt) => clock.tick(dt),
    /** @param {number} count */
    addSleepers(count) {
      for (let index = 0; index < count; index += 1) {
        spawn(scope, function* () {
          yield* sleep('365d');
        });
      }
    },
    /**
     * @param {number} count
     * @param {() => void} step
     */
    addWalkers(count, step) {
      for (let index = 0; index < count; index += 1) {
        spawn(scope, function* () {
          for (;;) {
            yield;
            step();
          }
        });
      }
    },
  };
}
