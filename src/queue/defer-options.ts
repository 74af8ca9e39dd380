/** What whoever defers may say of a message. */
import { CarillonError } from '../../decorators/carillon-error.js';
import {
  checkOptions,
  finite,
  isName,
  isOptions,
  name,
  needed,
  nested,
  type OptionShape,
  shownOption,
} from '../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../decorators/duration.js';
import { type EventKey, eventName } from '../../decorators/event-key.js';
import type { OutgoingMessage, QueueCapabilities } from './queue-provider.js';

/** How a message is deferred. What the provider of its queue cannot do is refused with `CAR7012`. */
export interface DeferOptions {
  /** The queue it goes to. Default: each queue that a handler of the event listens to, and `'default'` where there is none. */
  readonly queue?: string;
  /** The time before it is given to its handler. Default 0; a negative number is 0. */
  readonly delay?: Duration;
  /** From -100 to 100; higher comes earlier. Default 0. */
  readonly priority?: number;
  /** Messages of one key are done one after another, in order. */
  readonly orderingKey?: string;
  /** The time after which it is not begun any more, but goes to the dead letters. Default `Infinity`: no limit. */
  readonly ttl?: Duration;
  /** The message is accepted once for each handler while the id is remembered: for an hour, or for `window`. */
  readonly dedup?: string | { readonly id: string; readonly window: Duration };
  /** The message's own id, by which idempotent handlers know it again. Default a new one. */
  readonly id?: string;
}

/** What `defer` takes. */
const DEFER: OptionShape<DeferOptions> = /* @__PURE__ */ (() => ({
  queue: name(),
  delay: checkDelay,
  priority: finite({ least: -100, most: 100 }),
  orderingKey: name(),
  ttl: duration({ above: 0, unlimited: true }),
  dedup: nested<Exclude<DeferOptions['dedup'], string | undefined>>(
    { id: needed(name()), window: needed(duration({ above: 0 })) },
    name(),
  ),
  id: name(),
}))();

/** A past time is now. */
export function checkDelay(value: unknown, option: string): string | undefined {
  return typeof value === 'number' && value < 0 && Number.isFinite(value)
    ? undefined
    : duration()(value, option);
}

/** An hour. */
const DEDUP_WINDOW = 3_600_000;

/**
 * By what the message is told from its duplicates, if it is, and for how many milliseconds that is remembered.
 *
 * @param handler the id of its handler, if it is known: each has its own key
 */
export function dedupOf({ dedup }: DeferOptions, handler = ''): OutgoingMessage['dedup'] {
  if (dedup === undefined) return undefined;
  const { id, window } = typeof dedup === 'object' ? dedup : { id: dedup, window: DEDUP_WINDOW };
  return { key: `${handler} ${id}`, window: milliseconds(window) };
}

/** Its times in milliseconds. */
export function timesOf({ delay, ttl }: DeferOptions): Pick<OutgoingMessage, 'delay' | 'ttl'> {
  return {
    delay: delay === undefined ? undefined : delayOf(delay),
    ttl: ttl === undefined || ttl === Number.POSITIVE_INFINITY ? undefined : milliseconds(ttl),
  };
}

/** The delay in milliseconds; 0 for what is past. */
export function delayOf(delay: Duration): number {
  return typeof delay === 'number' ? Math.max(0, delay) : milliseconds(delay);
}

/** @throws CarillonError `CAR5003` for a queue without a name, `CAR5015` for another option that is wrong */
export function checkDefer(key: EventKey, options: DeferOptions): void {
  if (isOptions(options) && options.queue !== undefined && !isName(options.queue)) {
    throw new CarillonError(
      'CAR5003',
      `defer(${eventName(key)}) names the queue ${shownOption(options.queue)}. Give text of 1 to 255 characters.`,
    );
  }
  checkOptions('CAR5015', `defer(${eventName(key)})`, DEFER, options);
}

/** @throws CarillonError `CAR7012` for what the provider of the queue cannot do */
export function checkAble(
  key: EventKey,
  options: DeferOptions,
  queue: string,
  provider: string,
  able: QueueCapabilities,
): void {
  const { delay, priority, orderingKey, ttl, dedup } = options;
  const asked = {
    delay: delay !== undefined && delayOf(delay) > 0,
    priority,
    orderingKey,
    ttl,
    dedup,
  };
  for (const [capability, value] of Object.entries(asked)) {
    if (value === undefined || value === false || able[capability as keyof typeof asked] !== false)
      continue;
    throw new CarillonError(
      'CAR7012',
      `defer(${eventName(key)}) has ${capability}, and queue "${queue}" is on ${provider}, which lacks the capability "${capability}". Leave it out, or take another provider.`,
    );
  }
}
