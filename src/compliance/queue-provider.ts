/** The compliance suite of queue providers: ours and other people's. */
import { attemptCases } from './queue-cases/attempts.js';
import { basicCases } from './queue-cases/basics.js';
import { contextCases } from './queue-cases/context.js';
import { faultCases } from './queue-cases/faults.js';
import { fidelityCases } from './queue-cases/fidelity.js';
import { forgottenCases } from './queue-cases/forgotten.js';
import { healthCases } from './queue-cases/health.js';
import { inboxCases } from './queue-cases/inbox.js';
import { killCases } from './queue-cases/kill.js';
import { letterCases } from './queue-cases/letters.js';
import { lockedCases } from './queue-cases/locked.js';
import { nameCases } from './queue-cases/names.js';
import { orderCases } from './queue-cases/order.js';
import { restartCases } from './queue-cases/restart.js';
import { stopCases } from './queue-cases/stop.js';
import { timeCases } from './queue-cases/time.js';
import { type QueueSuiteCapabilities, type QueueUnderTest, QueueWorld } from './queue-world.js';
import { defineSuite, type SuiteCase } from './suite.js';

/** Every case, in the order in which they are shown. */
export const queueCases: readonly SuiteCase<QueueWorld>[] = [
  ...basicCases,
  ...attemptCases,
  ...timeCases,
  ...orderCases,
  ...inboxCases,
  ...stopCases,
  ...faultCases,
  ...lockedCases,
  ...restartCases,
  ...killCases,
  ...letterCases,
  ...healthCases,
  ...forgottenCases,
  ...contextCases,
  ...fidelityCases,
  ...nameCases,
];

/**
 * Runs every case of the queues against a provider, with the `describe`, `it` and `expect` of the test runner. A case that the
 * capabilities rule out is left out, and named at the end with the capability that it would need.
 *
 * @param name what the tests are called
 * @param create makes the engine of one case
 * @param capabilities what the provider says of itself, and which of the suite's own means are there
 * @example
 * describeQueueProvider('barrel', () => ({ options: () => barrelQueue({ namespace }), close: async () => {} }), BARREL);
 */
export function describeQueueProvider(
  name: string,
  create: () => QueueUnderTest | Promise<QueueUnderTest>,
  capabilities: QueueSuiteCapabilities,
): void {
  const has = namesOf(capabilities);
  defineSuite(
    `queues on ${name}`,
    queueCases,
    async () => new QueueWorld(name, await create(), capabilities),
    (capability) => has.has(capability),
  );
}

/** `'delay'` or `'no delay'`, `'orderingKey: everywhere'`, `'onRetry: block'`. */
function namesOf(capabilities: QueueSuiteCapabilities): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [capability, value] of Object.entries(capabilities)) {
    const isThere = Array.isArray(value) ? value.length > 0 : value !== false;
    names.add(isThere ? capability : `no ${capability}`);
    for (const choice of [value].flat())
      if (typeof choice === 'string') names.add(`${capability}: ${choice}`);
  }
  return names;
}
