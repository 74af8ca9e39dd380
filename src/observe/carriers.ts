/** What carries events: the bus and the queues, as they are configured. Nothing is asked of an engine. */
import type { WorkOptions } from '../../decorators/work-options.js';
import type { Application } from '../application/application.js';
import type { HandlerPlan } from '../dispatch/handler.js';
import { memoryQueues } from '../queue/memory/memory-backend.js';
import type { QueueOptions } from '../queue/queue-options.js';
import { DURABLE_ATTEMPTS, RetryPolicy } from '../queue/retry-policy.js';
import type { TopologyBus, TopologyHandler, TopologyQueue } from './topology.js';

const MEMORY = 'memory';

/** The bus of the application. */
export function buses({ settings: { bus } }: Application): readonly [TopologyBus] {
  return [
    {
      id: 'bus:application',
      provider: bus?.name ?? MEMORY,
      groups: bus?.capabilities.groups ?? true,
      stored: bus !== undefined,
    },
  ];
}

/** The queues that are configured, and those that the handlers name. */
export function queues(
  { settings }: Application,
  handlers: readonly TopologyHandler[],
): TopologyQueue[] {
  const options = settings.queues ?? {};
  const named = handlers.flatMap(({ queue }) => (queue === undefined ? [] : nameOfQueue(queue)));
  const names = new Set([...Object.keys(options), ...named]);
  return [...names].map((name) => describeQueue(name, options[name] ?? {}));
}

/** How often a message is tried in all: by the handler's own word, its queue's, or the default of its engine. */
export function attemptsOf({ settings }: Application, queue: string, plan: HandlerPlan): number {
  const options = settings.queues?.[queue] ?? {};
  const { durable } = capabilitiesOf(options);
  return new RetryPolicy(plan.options as WorkOptions, options, durable ? DURABLE_ATTEMPTS : 1)
    .maxAttempts;
}

function nameOfQueue(id: string): string {
  return id.slice('queue:'.length);
}

function describeQueue(name: string, options: QueueOptions): TopologyQueue {
  const { provider, processing = 'auto', concurrency = 1, wire = false } = options;
  const { durable, crossProcess, deadLetters } = capabilitiesOf(options);
  return {
    id: `queue:${name}`,
    name,
    provider: provider?.name ?? MEMORY,
    durable,
    stored: wire || durable || crossProcess,
    processing,
    concurrency,
    deadLetters,
  };
}

function capabilitiesOf({ provider }: QueueOptions) {
  return (provider ?? memoryQueues).capabilities;
}
