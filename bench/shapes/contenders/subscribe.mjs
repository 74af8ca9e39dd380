/** Methods with `@Subscribe`, within the process. */
import { busBuilder } from '../carillon.mjs';
import { Measured } from '../classes.mjs';

export const emitterCounts = [1];

export const createBuilder = busBuilder(Measured);

/**
 * @param {readonly import('carillon').EventBus[]} buses
 * @param {Measured} event
 * @param {number} passes
 */
export async function sendAll(buses, event, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const bus of buses) await bus.publish(event);
  }
}
