/** The compliance suite of bus transports: ours and other people's. */
import { basicCases } from './bus-cases/basics.js';
import { contextCases } from './bus-cases/context.js';
import { faultCases } from './bus-cases/faults.js';
import { fidelityCases } from './bus-cases/fidelity.js';
import { groupCases } from './bus-cases/groups.js';
import { killCases } from './bus-cases/kill.js';
import { nameCases } from './bus-cases/names.js';
import { pressureCases } from './bus-cases/pressure.js';
import { restartCases } from './bus-cases/restart.js';
import { stopCases } from './bus-cases/stop.js';
import { waitingCases } from './bus-cases/waiting.js';
import { type BusSuiteCapabilities, type BusUnderTest, BusWorld } from './bus-world.js';
import { defineSuite, type SuiteCase } from './suite.js';

/** Every case, in the order in which they are shown. */
export const busCases: readonly SuiteCase<BusWorld>[] = [
  ...basicCases,
  ...groupCases,
  ...pressureCases,
  ...stopCases,
  ...waitingCases,
  ...contextCases,
  ...fidelityCases,
  ...nameCases,
  ...faultCases,
  ...restartCases,
  ...killCases,
];

/**
 * Runs every case of the bus against a transport, with the `describe`, `it` and `expect` of the test runner. A case that the capabilities
 * rule out is left out, and named at the end with the capability that it would need.
 *
 * @param name what the tests are called
 * @param create makes the engine of one case
 * @param capabilities what the transport says of itself, and which of the suite's own means are there
 * @example
 * describeBusTransport('carrier', () => ({ transport: () => new CarrierTransport(options), close: async () => {} }), CAPABILITIES);
 */
export function describeBusTransport(
  name: string,
  create: () => BusUnderTest | Promise<BusUnderTest>,
  capabilities: BusSuiteCapabilities,
): void {
  const names = new Set<string>(capabilities.whenFull.map((whenFull) => `whenFull: ${whenFull}`));
  for (const [capability, value] of Object.entries(capabilities))
    names.add(value === false ? `no ${capability}` : capability);
  defineSuite(
    `the bus on ${name}`,
    busCases,
    async () => new BusWorld(name, await create(), capabilities),
    (capability) => names.has(capability),
  );
}
