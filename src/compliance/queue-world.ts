/** What the cases of queues share: the engine under test, and the processes that a case puts on it. */
import type { CarillonError } from '../../decorators/carillon-error.js';
import { realClock } from '../dispatch/real-clock.js';
import type { QueueOptions } from '../queue/queue-options.js';
import type {
  OutgoingMessage,
  ProviderContext,
  QueueCapabilities,
} from '../queue/queue-provider.js';
import type { EngineProcess, EngineServer } from './engine-process.js';
import { JOBS, type MemberOptions, QueueMember } from './queue-member.js';

/** Faults of the connections of a case, made by a proxy in front of the engine. */
export interface QueueFaults {
  /** Cuts every connection, and refuses new ones until {@link mend}. */
  cut(): Promise<void>;
  /** Drops everything silently, in both directions, until {@link mend}. */
  silence(): Promise<void>;
  /** Ends the fault; connections can be made again. */
  mend(): Promise<void>;
}

/** A store that another program has locked. */
export interface QueueLock {
  /** For how many milliseconds what waits for the store waits before it is told. */
  readonly patience: number;
  /** Unlocks the store. */
  release(): Promise<void>;
}

/**
 * Processes that can be killed. They write each step as a line into a ledger, a store outside the engine, before they go on.
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
  /** Stops and starts it. */
  readonly server: EngineServer;
  /** What a process says of the queue there. */
  options(): QueueOptions;
}

/** An engine for one case: nothing of any other case is in it. */
export interface QueueUnderTest {
  /**
   * What a process says of the queue: its provider with a connection of its own, through the proxy if there are faults. Its leases and time-outs
   * are a few seconds, for cases that wait for their end.
   */
  options(): QueueOptions;
  /**
   * The same leases, out of reach of the faults, and with time-outs that no slow machine exceeds. Needed with {@link faults}. Default
   * {@link options}.
   */
  undisturbed?(): QueueOptions;
  /** The same with leases and time-outs that no slow machine exceeds, for all other cases. Default {@link options}. */
  patient?(): QueueOptions;
  /** Faults between members and server. Capability `faults`. */
  readonly faults?: QueueFaults;
  /** One that runs. Capability `restart`. */
  server?(): Promise<QueueServer>;
  /** Capability `kill`. */
  readonly processes?: QueueProcesses;
  /** Locks the store for everybody, within this process, so that a wait which stops the event loop never ends. Capability `lock`. */
  lock?(): Promise<QueueLock>;
  /** Runs the body within a transaction, which is rolled back when it rejects. Capability `transactions`. */
  transaction?(body: (transaction: unknown) => Promise<void>): Promise<void>;
  /** Runs the body within a part of the transaction, which is rolled back alone when it rejects. Capability `nestedTransactions`. */
  nested?(transaction: unknown, body: () => Promise<void>): Promise<void>;
  /**
   * Removes everything that the case left in the engine.
   *
   * @param queues the names of the queues that it has used
   */
  close(queues: readonly string[]): Promise<void>;
}

/** The capabilities of an engine, and the means that the suite has for it. */
export interface QueueSuiteCapabilities extends QueueCapabilities {
  /** {@link QueueUnderTest.faults} are there. */
  readonly faults?: boolean;
  /** With {@link QueueUnderTest.options} a message is a worker's for a few seconds at most, which it renews by the clock that its provider is given. */
  readonly leaseClock?: boolean;
  /** {@link QueueUnderTest.lock} is there. */
  readonly lock?: boolean;
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
  readonly #queues = new Set([JOBS]);

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

  lock(): Promise<QueueLock> {
    return (this.engine.lock as () => Promise<QueueLock>)();
  }

  server(): Promise<QueueServer> {
    return (this.engine.server as () => Promise<QueueServer>)();
  }

  /** One more process, which may be slow with its messages. */
  member(options: QueueOptions = {}, onError?: (error: CarillonError) => void): QueueMember {
    return this.#added({ ...this.#patient(), ...options }, { onError });
  }

  /** One more process, which has a queue of that name. */
  memberOf(queue: string): QueueMember {
    this.#queues.add(queue);
    return this.#added(this.#patient(), { queue });
  }

  /** One more process, whose leases and time-outs are short, within reach of the faults. */
  brief(options: QueueOptions = {}, onError?: (error: CarillonError) => void): QueueMember {
    return this.#added({ ...this.engine.options(), ...options }, { onError });
  }

  /** One more process, whose leases are short, out of reach of the faults. */
  undisturbed(options: QueueOptions = {}): QueueMember {
    const { engine } = this;
    return this.#added({ ...(engine.undisturbed ?? engine.options).call(engine), ...options });
  }

  /** Puts something into the queue as it is, past the codec. */
  async enqueueRaw(message: OutgoingMessage): Promise<void> {
    const { provider } = this.#patient();
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
    try {
      await this.engine.faults?.mend();
      await Promise.all(this.#members.map((member) => member.stop(0)));
    } finally {
      await this.engine.close([...this.#queues]);
    }
  }

  #patient(): QueueOptions {
    const { engine } = this;
    return (engine.patient ?? engine.options).call(engine);
  }

  #added(options: QueueOptions, more?: MemberOptions): QueueMember {
    const member = new QueueMember(`member ${this.#members.length + 1}`, options, more);
    this.#members.push(member);
    return member;
  }
}
