/** Real time, with ticks of a length. */
import { checkDuration, type Duration } from '../../decorators/duration.js';
import { realClock } from '../scope/runtime.js';
import type { TaskClock } from './task-host.js';

/**
 * Makes the clock that an application has by default, with ticks that are longer than a turn of the event loop.
 *
 * @param options how long a tick is: what `nextTick()` waits, and how often `when()` asks
 * @throws CarillonError `CAR6001` for a tick that is no duration
 * @example
 * container.register(events({ clock: realTime({ tick: '16ms' }) }));
 */
export function realTime({ tick }: { readonly tick: Duration }): TaskClock {
  return { ...realClock, tickLength: checkDuration('realTime()', tick) };
}
