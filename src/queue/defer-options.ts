/** What whoever defers may say of a message. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { EventKey } from '../../decorators/event-key.js';
import { eventName, shownValue } from '../../decorators/event-key.js';
import type { OutgoingMessage, QueueCapabilities } from './queue-provider.js';

/** How a message is deferred. What the provider of its queue cannot do is refused with `CAR7012`. */
export interface DeferOptions {
  /** The queue it goes to. Default: each queue that a handler of the event listens to, and `'default'` where there is none. */
  readonly queue?: string;
  /** Milliseconds before it is given to its handler. Default 0; a negative number is 0. */
  readonly delay?: number;
  /** From -100 to 100; higher comes earlier. Default 0. */
  readonly priority?: number;
  /** Messages of one key are done one after another, in order. */
  readonly orderingKey?: string;
  /** Milliseconds after which it is not begun any more, but goes to the dead letters. */
  readonly ttl?: number;
  /** The message is accepted once for each handler while the id is remembered: an hour, or `window` milliseconds. */
  readonly dedup?: string | { readonly id: string; readonly window: number };
  /** The message's own id, by which idempotent handlers know it again. Default a new one. */
  readonly id?: string;
}

/** An hour. */
const DEDUP_WINDOW = 3_600_000;

/**
 * By what the message is told from its duplicates, if it is, and for how many milliseconds that is remembered.
 *
 * @param handler the id of its handler, if it is known: each has its own key
 */
export function dedupOf({ dedup }: DeferOptions, handler = ''): OutgoingMessage['dedup'] {
  const { id, window } = typeof dedup === 'object' ? dedup : { id: dedup, window: DEDUP_WINDOW };
  return id === undefined ? undefined : { key: `${handler} ${id}`, window };
}

/** @throws CarillonError `CAR5003` for a queue without a name, `CAR5015` for another option that is wrong */
export function checkDefer(key: EventKey, options: DeferOptions): void {
  const { queue } = options;
  if (queue !== undefined && (typeof queue !== 'string' || queue.trim() === '')) {
    throw new CarillonError(
      'CAR5003',
      `defer(${eventName(key)}) names the queue ${JSON.stringify(queue)}. Give a name that is not empty.`,
    );
  }
  const fault = optionFault(options);
  if (fault !== undefined)
    throw new CarillonError('CAR5015', `defer(${eventName(key)}) has ${fault}.`);
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
  const asked = { delay: delay !== undefined && delay > 0, priority, orderingKey, ttl, dedup };
  for (const [capability, value] of Object.entries(asked)) {
    if (value === undefined || value === false || able[capability as keyof typeof asked] !== false)
      continue;
    throw new CarillonError(
      'CAR7012',
      `defer(${eventName(key)}) has ${capability}, and queue "${queue}" is on ${provider}, which lacks the capability "${capability}". Leave it out, or take another provider.`,
    );
  }
}

function optionFault({
  delay,
  priority,
  orderingKey,
  ttl,
  dedup,
  id,
}: DeferOptions): string | undefined {
  const { id: dedupId, window } =
    typeof dedup === 'object' && dedup !== null ? dedup : { id: dedup, window: undefined };
  return (
    numberFault('delay', delay, Number.NEGATIVE_INFINITY) ??
    numberFault('priority', priority, -100, 100) ??
    textFault('orderingKey', orderingKey) ??
    numberFault('ttl', ttl, 1) ??
    textFault('dedup', dedup === undefined ? undefined : (dedupId ?? null)) ??
    numberFault('dedup.window', window, 1) ??
    textFault('id', id)
  );
}

function numberFault(
  option: string,
  value: unknown,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): string | undefined {
  if (value === undefined || (typeof value === 'number' && value >= least && value <= most))
    return undefined;
  return `${option}: ${shownValue(value)}. Give a number${least > Number.NEGATIVE_INFINITY ? ` from ${least} on` : ''}${most <= 100 ? ` to ${most}` : ''}`;
}

function textFault(option: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '')) return undefined;
  return `${option}: ${shownValue(value)}. Give a text that is not empty`;
}
