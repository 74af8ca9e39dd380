/** What the queues of an application are made of. Who makes the application brings it: the class that is injected is in every program, the rest is not. */
import type { Scope } from '../scope/scope.js';
import { QueueBackends } from './backends.js';
import { DeferredHandlers } from './deferred-handlers.js';
import { memoryQueues } from './memory/memory-backend.js';
import type { QueuesOptions } from './queue-options.js';

/** For one application. */
export interface QueueParts {
  /** @internal */
  readonly deferredHandlers: DeferredHandlers;
  /** @internal */
  readonly backends: QueueBackends;
}

/** @param options have been checked */
export function queueParts(scope: Scope, options: QueuesOptions): QueueParts {
  const { clock } = scope.runtime;
  const deferredHandlers: DeferredHandlers = new DeferredHandlers((queue) => {
    const { durable, crossProcess } = backends.capabilitiesOf(queue);
    return { ...(options[queue] ?? {}), durable, stored: durable || crossProcess, clock };
  });
  const backends = new QueueBackends(scope, options, memoryQueues, deferredHandlers);
  return { deferredHandlers, backends };
}
