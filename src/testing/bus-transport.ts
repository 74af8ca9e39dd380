/** The compliance suite of bus transports: ours and other people's. */
import type { BusCapabilities, BusTransport } from '../bus/bus-transport.js';
import type { RemoteBusOptions } from '../bus/remote-bus.js';
import { basicCases } from './bus-cases/basics.js';
import { faultCases } from './bus-cases/faults.js';
import { groupCases } from './bus-cases/groups.js';
import { pressureCases } from './bus-cases/pressure.js';
import { stopCases } from './bus-cases/stop.js';
import { BusMember } from './bus-member.js';
import { defineSuite, type SuiteCase } from './suite.js';

/** How connections of a test are disturbed, by a proxy between them and the engine. */
export interface BusFaults {
  /** Cuts every connection, and refuses new ones until {@link mend}. */
  cut(): Promise<void>;
  /** Lets nothing through, in either direction, and tells nobody, until {@link mend}. */
  silence(): Promise<void>;
  mend(): Promise<void>;
}

/** An engine for one case: nothing of any other case is in it. */
export interface BusUnderTest {
  /** A new transport, not connected; through the proxy, if there are faults. */
  transport(): BusTransport;
  /** A new transport that no fault touches. Needed with {@link faults}. */
  undisturbed?(): BusTransport;
  readonly faults?: BusFaults;
  /** Removes everything that the case left in the engine. */
  close(): Promise<void>;
}

/** An engine, and the processes that a case has put on it. */
export class BusWorld {
  readonly #members: BusMember[] = [];

  constructor(
    readonly engine: BusUnderTest,
    readonly capabilities: BusCapabilities,
  ) {}

  get faults(): BusFaults {
    return this.engine.faults as BusFaults;
  }

  /** One more process. */
  member(options?: RemoteBusOptions): BusMember {
    return this.#added(() => this.engine.transport(), options);
  }

  /** One more process, out of reach of the faults. */
  undisturbed(options?: RemoteBusOptions): BusMember {
    const { engine } = this;
    return this.#added(() => (engine.undisturbed === undefined ? engine.transport() : engine.undisturbed()), options);
  }

  async close(): Promise<void> {
    await this.engine.faults?.mend();
    await Promise.all(this.#members.map((member) => member.stop()));
    await this.engine.close();
  }

  #added(connect: () => BusTransport, options: RemoteBusOptions | undefined): BusMember {
    const member = new BusMember(`member ${this.#members.length + 1}`, this.capabilities, connect, options);
    this.#members.push(member);
    return member;
  }
}

/** Every case, in the order in which they are shown. */
export const busCases: readonly SuiteCase<BusWorld>[] = [
  ...basicCases,
  ...groupCases,
  ...pressureCases,
  ...stopCases,
  ...faultCases,
];

/**
 * Runs every case of the bus against a transport, with the `describe`, `it` and `expect` of the test runner. A case that the capabilities
 * rule out is left out, and named at the end with the capability that it would need.
 *
 * @param name what the tests are called
 * @param create makes the engine of one case
 * @param capabilities what the transport says of itself; `faults` where {@link BusUnderTest.faults} are there
 * @example
 * describeBusTransport('carrier', () => ({ transport: () => new CarrierTransport(options), close: async () => {} }), CAPABILITIES);
 */
export function describeBusTransport(
  name: string,
  create: () => BusUnderTest | Promise<BusUnderTest>,
  capabilities: BusCapabilities & { readonly faults?: boolean },
): void {
  const names = new Set<string>(capabilities.whenFull.map((whenFull) => `whenFull: ${whenFull}`));
  for (const [capability, value] of Object.entries(capabilities)) names.add(value === false ? `no ${capability}` : capability);
  defineSuite(
    `the bus on ${name}`,
    busCases,
    async () => new BusWorld(await create(), capabilities),
    (capability) => names.has(capability),
  );
}
