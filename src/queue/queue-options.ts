/** What an application says of a queue. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { WhenFull } from '../../decorators/when-full.js';
import { type WorkOptions, workFault } from '../../decorators/work-options.js';
import type { Runtime } from '../dispatch/runtime.js';
import type { PayloadReader } from '../events/payload-reader.js';
import type { JsonLimits } from '../events/safe-json.js';
import type { QueueBackend } from './backend.js';
import type { DeferredHandlers } from './deferred-handlers.js';
import type {
  Inbox,
  OnRetry,
  QueueCapabilities,
  QueueEngine,
  RateLimit,
} from './queue-provider.js';

/** How a queue is kept and worked off. Without a provider it is kept in memory. */
export interface QueueOptions extends WorkOptions {
  /** The engine, as `redisQueue({ … })` and its like give it. Default memory. */
  readonly provider?: QueueProvider;
  /** `'auto'`: automatically, from `start()` on. `'manual'`: only by `process()`, in the caller's turn. Default `'auto'`. */
  readonly processing?: 'auto' | 'manual';
  /** How many messages may be in work at once, where the queue is worked off by itself. Default 1: strictly one after another. */
  readonly concurrency?: number;
  /** So many messages in so many milliseconds are begun. Default no limit. */
  readonly rateLimit?: RateLimit;
  /** Whether the others of its ordering key wait for a message that is to be tried again. Default `'block'`. */
  readonly onRetry?: OnRetry;
  /** Remembers what idempotent handlers have done. Default the provider's own. */
  readonly inbox?: Inbox;
  /** The CloudEvents source of what is deferred: a URI or a relative one. Default `/` and the application's name. */
  readonly source?: string;
  /** Makes and checks payloads of event classes, such as `classValidator()`. Default one that copies properties. Not asked in memory. */
  readonly reader?: PayloadReader;
  /** How large and how deep stored messages may be. */
  readonly limits?: JsonLimits;
  /** How many messages may wait in memory. Default no limit. */
  readonly limit?: number;
  /**
   * What happens to one more in memory: `'reject'` refuses it with `CAR5012`, `'wait'` holds its caller back, `'drop-oldest'` forgets the oldest and
   * reports it as `CAR5013`. `'drop-newest'` is impossible: a receipt says that the message was accepted. Default `'reject'`.
   */
  readonly whenFull?: Exclude<WhenFull, 'drop-newest'>;
  /** How many dead letters are kept in memory; older ones are forgotten. Default 10,000. */
  readonly deadLetters?: number;
}

/** The options by queue name. */
export type QueuesOptions = Readonly<Record<string, QueueOptions>>;

/** What a queue's `provider` may be: an engine, and how the library attaches a queue to it. Made by `remoteQueue`. */
export interface QueueProvider extends QueueEngine {
  /** @internal */
  attach(context: QueueContext): QueueBackend;
}

/** @internal What a backend gets of the application. */
export interface QueueContext {
  /** The application's name of the queue. */
  readonly name: string;
  readonly options: QueueOptions;
  readonly deferredHandlers: DeferredHandlers;
  readonly runtime: Runtime;
  /** The CloudEvents source of deferred events, where the options name none. */
  readonly source: string;
}

/** @throws CarillonError `CAR7002` naming the queue and the option that is wrong, `CAR7010` for what its provider cannot do */
export function checkQueues(queues: QueuesOptions): QueuesOptions {
  for (const [name, options] of Object.entries(queues)) {
    if (name.trim() === '')
      throw new CarillonError('CAR7002', 'A queue has an empty name. Give each queue a name.');
    const fault = queueFault(options) ?? workFault(options);
    if (fault !== undefined) throw new CarillonError('CAR7002', `Queue "${name}" has ${fault}.`);
    if (options.provider !== undefined) checkAbilities(name, options, options.provider);
  }
  return queues;
}

/** The error for an option that the provider of a queue cannot honour. */
export function unableError(
  queue: string,
  provider: string,
  option: string,
  capability: keyof QueueCapabilities,
): CarillonError {
  return new CarillonError(
    'CAR7010',
    `Queue "${queue}" on ${provider} has ${option}, which needs the capability "${capability}" that ${provider} lacks. Leave it out, or take another provider.`,
  );
}

function queueFault(options: QueueOptions): string | undefined {
  const { provider, processing, concurrency, rateLimit, onRetry, limit, whenFull, deadLetters } =
    options;
  return (
    providerFault(provider) ??
    choiceFault('processing', processing, ['auto', 'manual']) ??
    wholeFault('concurrency', concurrency) ??
    (rateLimit === undefined
      ? undefined
      : (wholeFault('rateLimit.max', rateLimit?.max ?? null) ??
        wholeFault('rateLimit.per', rateLimit.per ?? null))) ??
    choiceFault('onRetry', onRetry, ['block', 'pass']) ??
    wholeFault('limit', limit) ??
    choiceFault('whenFull', whenFull, ['reject', 'wait', 'drop-oldest']) ??
    wholeFault('deadLetters', deadLetters)
  );
}

function providerFault(provider: QueueProvider | undefined): string | undefined {
  if (provider === undefined || typeof provider?.attach === 'function') return undefined;
  return 'a provider that is none. Give one such as redisQueue(), or make one of an engine with remoteQueue()';
}

function choiceFault(
  option: string,
  value: unknown,
  choices: readonly string[],
): string | undefined {
  if (value === undefined || choices.includes(value as string)) return undefined;
  const last = choices.length - 1;
  const named = choices.map((choice) => `'${choice}'`);
  return `${option}: ${String(value)}. It is ${named.slice(0, last).join(', ')} or ${named[last]}`;
}

function wholeFault(option: string, value: unknown): string | undefined {
  if (value === undefined || (Number.isInteger(value) && (value as number) >= 1)) return undefined;
  return `${option}: ${String(value)}. Give a whole number, 1 or more`;
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
  for (const option of ['limit', 'whenFull', 'deadLetters'] as const) {
    if (options[option] !== undefined) {
      throw new CarillonError(
        'CAR7011',
        `Queue "${queue}" on ${name} has ${option}, which is for queues in memory. Leave it out.`,
      );
    }
  }
}
