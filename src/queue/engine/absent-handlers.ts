/** For how long messages wait whose handler is not in this process: another one may have it, or this one will. */
import type { Clock } from '../../dispatch/clock.js';
import type { Outcome } from '../queue-provider.js';

/** The shortest and the longest time before such a message is looked at again, in milliseconds. */
const SOONEST = 1000;
const LATEST = 10_000;

/** How many are remembered one by one; more are taken to wait as long as the oldest. */
const MOST = 100_000;

/** One message that waits. */
export interface AbsentHandler {
  readonly id: string;
  readonly orderingKey: string | undefined;
  /** How long it may wait, in milliseconds. */
  readonly limit: number;
  /** Whether others of its ordering key could be handled. */
  readonly letsPass: boolean;
}

interface Wait {
  readonly since: number;
  met: number;
}

export class AbsentHandlers {
  readonly #byId = new Map<string, Wait>();
  /** Those behind a message in its ordering key have waited with it, and do not begin anew. */
  readonly #byKey = new Map<string, Wait>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `undefined` once its time is over. */
  goBack({ id, orderingKey, limit, letsPass }: AbsentHandler): Outcome | undefined {
    const own = this.#waited(this.#byId, id, Number.POSITIVE_INFINITY);
    const others =
      orderingKey === undefined || letsPass ? 0 : this.#waited(this.#byKey, orderingKey, limit);
    const waited = Math.max(own, others);
    if (waited >= limit) {
      this.#byId.delete(id);
      return undefined;
    }
    const after = Math.min(limit - waited, LATEST, Math.max(SOONEST, waited));
    return { type: 'goBack', after, letsPass };
  }

  /** @param pause after which one that was not met begins anew */
  #waited(waits: Map<string, Wait>, name: string, pause: number): number {
    const now = this.#clock.now();
    const known = waits.get(name);
    if (known !== undefined && now - known.met <= pause) {
      known.met = now;
      return now - known.since;
    }
    const [oldest] = waits.size >= MOST ? waits.values() : [];
    if (oldest !== undefined) return now - oldest.since;
    waits.set(name, { since: now, met: now });
    return 0;
  }
}
