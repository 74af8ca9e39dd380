/** The options of a deferred message, and their checks. */
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

/** How an event is deferred. An option that the provider of its queue does not support is refused with `CAR7012`. */
export interface DeferOptions {
  /** The name of its queue. Default: each queue that has a handler of the event, or else `'default'`. */
  readonly queue?: string;
  /** The time before it is due. Default 0; a negative number is 0. */
  readonly delay?: Duration;
  /** From -100 to 100; a message of higher priority comes first. Default 0. */
  readonly priority?: number;
  /** Messages of one key are handled one after another, in order. Default none. */
  readonly orderingKey?: string;
  /** The time after which it expires: it becomes a dead letter instead of being handled. Default `Infinity`: no limit. */
  readonly ttl?: Duration;
  /**
   * Each handler gets one message of that id while it is remembered: for `window`, by default an hour, from the time when the first one is
   * due, and at least until the first one has begun. Default none.
   */
  readonly dedup?: string | { readonly id: string; readonly window: Duration };
  /** The message's own id, by which idempotent handlers recognise it. Default a new UUID. */
  readonly id?: string;
}

/** The checks of {@link DeferOptions}. */
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

/** A negative number is no fault: it means now. */
export function checkDelay(value: unknown, option: string): string | undefined {
  return typeof value === 'number' && value < 0 && Number.isFinite(value)
    ? undefined
    : duration()(value, option);
}

/** An hour, in milliseconds. */
const DEDUP_WINDOW = 3_600_000;

/**
 * The key by which duplicates of the message are recognised, and for how many milliseconds it is remembered.
 *
 * @param handler the id of its handler, where it is known: keys are separate for each handler
 */
export function dedupOf({ dedup, delay }: DeferOptions, handler = ''): OutgoingMessage['dedup'] {
  if (dedup === undefined) return undefined;
  const { id, window } = typeof dedup === 'object' ? dedup : { id: dedup, window: DEDUP_WINDOW };
  // It begins when the message is due: while the first one waits, a second one is a duplicate.
  const wait = delay === undefined ? 0 : delayOf(delay);
  return { key: `${handler} ${id}`, window: wait + milliseconds(window) };
}

/** The times of a message, in milliseconds. */
export function timesOf({ delay, ttl }: DeferOptions): Pick<OutgoingMessage, 'delay' | 'ttl'> {
  return {
    delay: delay === undefined ? undefined : delayOf(delay),
    ttl: ttl === undefined || ttl === Number.POSITIVE_INFINITY ? undefined : milliseconds(ttl),
  };
}

/** The delay in milliseconds; 0 for a negative one. */
export function delayOf(delay: Duration): number {
  return typeof delay === 'number' ? Math.max(0, delay) : milliseconds(delay);
}

/** @throws CarillonError `CAR5003` for a queue without a name, `CAR5015` for another invalid option */
export function checkDefer(key: EventKey, options: DeferOptions): void {
  if (isOptions(options) && options.queue !== undefined && !isName(options.queue)) {
    throw new CarillonError(
      'CAR5003',
      `defer(${eventName(key)}) names the queue ${shownOption(options.queue)}. Give text of 1 to 255 characters.`,
    );
  }
  checkOptions('CAR5015', `defer(${eventName(key)})`, DEFER, options);
}

/** @throws CarillonError `CAR7012` for an option that the provider of the queue does not support */
export function checkAble(
  key: EventKey,
  options: DeferOptions,
  { name, provider, capabilities }: ProvidedQueue,
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
    if (
      value === undefined ||
      value === false ||
      capabilities[capability as keyof typeof asked] !== false
    )
      continue;
    throw new CarillonError(
      'CAR7012',
      `defer(${eventName(key)}) has ${capability}, and queue "${name}" is on ${provider}, which lacks the capability "${capability}". Leave it out, or take another provider.`,
    );
  }
}

/** A queue, and what its provider can do. */
interface ProvidedQueue {
  readonly name: string;
  readonly provider: string;
  readonly capabilities: QueueCapabilities;
}
