/** Describes what a task waits for. */
import type { EventKey } from '../../decorators/event-key.js';
import { eventName } from '../../decorators/event-key.js';
import { NEXT_TICK } from './fiber.js';
import { isWait, type Waitable } from './wait.js';

/** As it is written in the program: `sleep 2000 ms`, `until Damaged`, `race of hit: until Damaged, calm: sleep 5000 ms`. */
export function describeWait(wait: unknown): string {
  if (wait === undefined) return 'nothing';
  if (wait === NEXT_TICK) return 'nextTick';
  if (!isWait(wait)) return 'a generator';
  const { kind, subject } = wait;
  switch (kind) {
    case 'sleep':
      return `sleep ${String(subject)} ms`;
    case 'until':
      return `until ${eventName(subject as EventKey)}`;
    case 'race':
    case 'all':
      return `${kind} of ${(subject as readonly [string, Waitable][]).map(([key, one]) => `${key}: ${describeWait(one)}`).join(', ')}`;
    default:
      return kind;
  }
}
