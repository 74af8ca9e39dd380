/** The checks of what an application says of its queues. */
import { CarillonError } from '../../decorators/carillon-error.js';
import {
  checkOptions,
  flag,
  isName,
  isOptions,
  kind,
  needed,
  nested,
  type OptionShape,
  oneOf,
  shownOption,
  whole,
  withMethods,
  wrongOption,
} from '../../decorators/check-options.js';
import { duration } from '../../decorators/duration.js';
import { WORK } from '../../decorators/work-options.js';
import { MESSAGE } from '../events/codec-options.js';
import {
  type QueueOptions,
  type QueueProvider,
  type QueuesOptions,
  type RateLimitOptions,
  unableError,
} from './queue-options.js';
import type { QueueCapabilities } from './queue-provider.js';

/** The checks of {@link QueueOptions}. */
const QUEUE: OptionShape<QueueOptions> = /* @__PURE__ */ (() => ({
  ...WORK,
  provider: kind(
    isProvider,
    'a provider such as redisQueue(), or one of an engine by remoteQueue()',
  ),
  processing: oneOf('auto', 'manual'),
  concurrency: whole({ least: 1 }),
  rateLimit: nested<RateLimitOptions>({
    max: needed(whole({ least: 1 })),
    per: needed(duration({ above: 0 })),
  }),
  onRetry: oneOf('block', 'pass'),
  inbox: withMethods('has', 'add'),
  ...MESSAGE,
  wire: flag(),
  unknownHandler: duration({ unlimited: true }),
  absentHandler: duration({ unlimited: true }),
  unserved: duration({ unlimited: true }),
  limit: whole({ least: 1, unlimited: true }),
  whenFull: oneOf('reject', 'wait', 'drop-oldest'),
  deadLetters: whole({ least: 1, unlimited: true }),
}))();

function isProvider(value: unknown): boolean {
  return typeof (value as QueueProvider | null | undefined)?.attach === 'function';
}

function nameError(queue: string): CarillonError {
  return new CarillonError(
    'CAR7002',
    `A queue has the name ${shownOption(queue)}. Give text of 1 to 255 characters.`,
  );
}

/** @throws CarillonError `CAR7002` naming the queue and the option that is wrong, `CAR7010` for an option that its provider does not support */
export function checkQueues(queues: QueuesOptions = {}): QueuesOptions {
  if (!isOptions(queues))
    throw new CarillonError(
      'CAR7002',
      `events() ${wrongOption('queues', queues, 'an object of queues by their names')}`,
    );
  for (const [name, options] of Object.entries(queues)) {
    if (!isName(name)) throw nameError(name);
    checkOptions('CAR7002', `Queue "${name}"`, QUEUE, options);
    if (options.provider !== undefined) checkAbilities(name, options, options.provider);
    else checkMemory(name, options);
  }
  return queues;
}

/** In memory no other process has a handler; and what says how payloads are read needs somebody who reads them. */
function checkMemory(queue: string, options: QueueOptions): void {
  for (const option of ['unknownHandler', 'unserved'] as const) {
    if (options[option] !== undefined) {
      throw new CarillonError(
        'CAR7011',
        `Queue "${queue}" has ${option}, which is for queues on an engine: in memory no other process has a handler. Leave it out.`,
      );
    }
  }
  if (options.wire === true) return;
  for (const option of ['reader', 'limits'] as const) {
    if (options[option] !== undefined) {
      throw new CarillonError(
        'CAR7011',
        `Queue "${queue}" has ${option}, but it is in memory and passes the sender's objects themselves. Give it wire: true, or leave it out.`,
      );
    }
  }
}

function checkAbilities(
  queue: string,
  options: QueueOptions,
  { name, capabilities }: QueueProvider,
): void {
  const refuse = (option: string, capability: keyof QueueCapabilities) =>
    unableError(queue, name, option, capability);
  if (options.processing === 'manual' && !capabilities.manual)
    throw refuse("processing: 'manual'", 'manual');
  if (options.rateLimit !== undefined && !capabilities.rateLimit)
    throw refuse('a rateLimit', 'rateLimit');
  const { onRetry } = options;
  if (onRetry !== undefined && !capabilities.onRetry.includes(onRetry)) {
    throw refuse(`onRetry: '${onRetry}'`, 'onRetry');
  }
  for (const option of ['wire', 'limit', 'whenFull', 'deadLetters'] as const) {
    if (options[option] !== undefined) {
      throw new CarillonError(
        'CAR7011',
        `Queue "${queue}" on ${name} has ${option}, which is for queues in memory. Leave it out.`,
      );
    }
  }
}
