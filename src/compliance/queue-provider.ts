/** The compliance suite of queue providers: ours and other people's. */
import type { CarillonError } from '../../decorators/carillon-error.js';
import { realClock } from '../dispatch/create-runtime.js';
import type { QueueOptions } from '../queue/queue-options.js';
import type {
  OutgoingMessage,
  ProviderContext,
  QueueCapabilities,
} from '../queue/queue-provider.js';
import type { EngineProcess, EngineServer } from './ended-engine.js';
import { attemptCases } from './queue-cases/attempts.js';
import { basicCases } from './queue-cases/basics.js';
import { faultCases } from './queue-cases/faults.js';
import { healthCases } from './queue-cases/health.js';
import { inboxCases } from './queue-cases/inbox.js';
import { killCases } from './queue-cases/kill.js';
import { letterCases } from './queue-cases/letters.js';
import { orderCases } from './queue-cases/order.js';
import { restartCases } from './queue-cases/restart.js';
import { stopCases } from './queue-cases/stop.js';
import { timeCases } from './queue-cases/time.js';
import { JOBS, QueueMember } from './queue-member.js';
import { defineSuite, type SuiteCase } from './suite.js';

/** How connections of a test are disturbed, by a proxy between them and the engine. */
export interface QueueFaults {
  /** Cuts every connection, and refuses new ones until {@link mend}. */
  cut(): Promise<void>;
  /** Lets nothing through, in either direction, and tells nobody, until {@link mend}. */
  silence(): Promise<void>;
  mend(): Promise<void>;
}

/**
 * Processes that can be killed. They write what they do into a ledger, a store that is none of the engine's, one line for each thing, and
 * the line is written before they go on.
 */
export interface QueueProcesses {
  /**
   * Starts a worker and resolves once it is subscribed. Its one handler, with the id `'worker'`, 5 attempts and a backoff of 50, hears the
   * topic `'compliance.work'` with the payload `{ n, hold }`: it writes `begun n`; where `hold` is true and it is the first to begin that
   * `n`, it never settles; and after some milliseconds it writes `done n`.
   */
  worker(): Promise<EngineProcess>;
  /** Starts a program that defers `{ n }`, one after another, from 1 on, and writes `accepted n` when `defer` has resolved. */
  publisher(): Promise<EngineProcess>;
  /**
   * Starts a program that does the same within transactions, one after another: it writes `stored n` when `defer` has resolved and
   * `accepted n` when the transaction is committed. Each third one it rolls back instead, and writes `refused n`. Capability
   * `killInTransaction`.
   */
  outbox?(): Promise<EngineProcess>;
  /** The lines so far, of all processes. */
  ledger(): Promise<readonly string[]>;
}

/** A queue on a server that only the case works with. */
export interface QueueServer {
  readonly server: EngineServer;
  /** What a process says of the queue there. */
  options(): QueueOptions;
}

/** An engine for one case: nothing of any other case is in it. */
export interface QueueUnderTest {
  /** What a process says of the queue: its provider with a connection of its own, through the proxy if there are faults. */
  options(): QueueOptions;
  /** The same, out of reach of the faults. Needed with {@link faults}. */
  undisturbed?(): QueueOptions;
  readonly faults?: QueueFaults;
  /** One that runs. Capability `restart`. */
  server?(): Promise<QueueServer>;
  /** Capability `kill`. */
  readonly processes?: QueueProcesses;
  /** Runs the body within a transaction, which is rolled back when it rejects. Capability `transactions`. */
  transaction?(body: (transaction: unknown) => Promise<void>): Promise<void>;
  /** Runs the body within a part of the transaction, which is rolled back alone when it rejects. Capability `nestedTransactions`. */
  nested?(transaction: unknown, body: () => Promise<void>): Promise<void>;
  /** Removes everything that the case left in the engine. */
  close(): Promise<void>;
}

/** What is asked of an engine beside its own capabilities. */
export interface QueueSuiteCapabilities extends QueueCapabilities {
  /** {@link QueueUnderTest.faults} are there. */
  readonly faults?: boolean;
  /** A message is a worker's for two seconds at most, which it renews by the clock that its provider is given. */
  readonly leaseClock?: boolean;
  /** {@link QueueUnderTest.server} is there. */
  readonly restart?: boolean;
  /** {@link QueueUnderTest.processes} are there. */
  readonly kill?: boolean;
  /** {@link QueueProcesses.outbox} is there. */
  readonly killInTransaction?: boolean;
  /** {@link QueueUnderTest.nested} is there. */
  readonly nestedTransactions?: boolean;
}

/** An engine, and the processes that a case has put on it. */
export class QueueWorld {
  readonly #members: QueueMember[] = [];

  constructor(
    readonly name: string,
    readonly engine: QueueUnderTest,
    readonly capabilities: QueueSuiteCapabilities,
  ) {}

  get faults(): QueueFaults {
    return this.engine.faults as QueueFaults;
  }

  get processes(): QueueProcesses {
    return this.engine.processes as QueueProcesses;
  }

  server(): Promise<QueueServer> {
    return (this.engine.server as () => Promise<QueueServer>)();
  }

  /** One more process. */
  member(options: QueueOptions = {}, onError?: (error: CarillonError) => void): QueueMember {
    return this.#added({ ...this.engine.options(), ...options }, onError);
  }

  /** One more process, out of reach of the faults. */
  undisturbed(options: QueueOptions = {}): QueueMember {
    const { engine } = this;
    return this.#added({ ...(engine.undisturbed ?? engine.options).call(engine), ...options });
  }

  /** Puts something into the queue as it is, past the codec. */
  async enqueueRaw(message: OutgoingMessage): Promise<void> {
    const { provider } = this.engine.options();
    if (provider === undefined) return;
    const context: ProviderContext = { clock: realClock, report: () => undefined };
    const queue = await provider.open(JOBS, context);
    try {
      await queue.enqueue([message]);
    } finally {
      await queue.close();
    }
  }

  async close(): Promise<void> {
    await this.engine.faults?.mend();
    await Promise.all(this.#members.map((member) => member.stop(0)));
    await this.engine.close();
  }

  #added(options: QueueOptions, onError?: (error: CarillonError) => void): QueueMember {
    const member = new QueueMember(`member ${this.#members.length + 1}`, options, onError);
    this.#members.push(member);
    return member;
  }
}

/** Every case, in the order in which they are shown. */
export const queueCases: readonly SuiteCase<QueueWorld>[] = [
  ...basicCases,
  ...attemptCases,
  ...timeCases,
  ...orderCases,
  ...inboxCases,
  ...stopCases,
  ...faultCases,
  ...restartCases,
  ...killCases,
  ...letterCases,
  ...healthCases,
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
