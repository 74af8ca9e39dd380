/** The compliance suite of container adapters: ours and other people's. */
import { collectionCases } from './container-cases/collection.js';
import { disposalCases } from './container-cases/disposal.js';
import { facadeCases } from './container-cases/facade.js';
import { failedBuildCases } from './container-cases/failed-builds.js';
import { interruptedCases } from './container-cases/interrupted.js';
import { orderOfEndCases } from './container-cases/order-of-end.js';
import { ownMethodCases } from './container-cases/own-methods.js';
import { ownershipCases } from './container-cases/ownership.js';
import { perEventCases } from './container-cases/per-event.js';
import { pileUpCases } from './container-cases/pile-ups.js';
import { removalCases } from './container-cases/removal.js';
import { sharedInstanceCases } from './container-cases/shared-instances.js';
import { startCases } from './container-cases/start.js';
import { startOrderCases } from './container-cases/start-order.js';
import { wiringCases } from './container-cases/wiring.js';
import {
  type ContainerCapabilities,
  type ContainerUnderTest,
  ContainerWorld,
} from './container-world.js';
import { defineSuite } from './suite.js';

/**
 * Runs every case of wiring and of lifetimes against a container's adapter, with the `describe`, `it` and `expect` of the test runner. A
 * case that the capabilities rule out is left out, and named at the end with the capability that it would need.
 *
 * @param name what the tests are called
 * @param create makes the adapter of one case
 * @param capabilities what the container cannot do; default nothing
 * @example
 * describeContainerAdapter('crate', () => ({ root: (options) => new TestedCrate(options) }), { plainChild: false, late: false });
 */
export function describeContainerAdapter(
  name: string,
  create: () => ContainerUnderTest | Promise<ContainerUnderTest>,
  capabilities: ContainerCapabilities = {},
): void {
  const missing = new Set(
    Object.entries(capabilities).flatMap(([capability, value]) =>
      value === false ? [capability] : [],
    ),
  );
  defineSuite(
    `the container ${name}`,
    [
      ...wiringCases,
      ...failedBuildCases,
      ...ownMethodCases,
      ...facadeCases,
      ...ownershipCases,
      ...sharedInstanceCases,
      ...pileUpCases,
      ...startCases,
      ...startOrderCases,
      ...perEventCases,
      ...disposalCases,
      ...orderOfEndCases,
      ...interruptedCases,
      ...removalCases,
      ...collectionCases,
    ],
    async () => new ContainerWorld(await create()),
    (capability) => !missing.has(capability),
  );
}
