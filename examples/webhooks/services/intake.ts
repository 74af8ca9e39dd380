/** Counts what came in and what was refused, for the report; it keeps numbers only, however long the backend runs. */
import { Subscribe } from 'carillon';
import { injectable } from 'inversify';
import type { RefusalKind } from '../http/refusal.js';
import type { Delivery } from '../payloads/delivery.js';
import { measured } from '../report/measured.js';

/** Published whenever a request is answered with an error. */
export class DeliveryRefused {
  constructor(
    readonly kind: RefusalKind,
    readonly statusCode: number,
    readonly reasons: readonly string[],
  ) {}
}

/** How often a kind of refusal happened, and for which reasons. */
export interface RefusalCount {
  readonly statusCode: number;
  count: number;
  readonly reasons: Map<string, number>;
}

/** More reasons than that are not told apart: they come from outside. */
const REASON_LIMIT = 50;

@injectable()
export class Intake {
  readonly #accepted = new Map<string, number>();
  readonly #refused = new Map<RefusalKind, RefusalCount>();
  #total = 0;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  /** Accepted deliveries by GitHub's name of the event. */
  get accepted(): ReadonlyMap<string, number> {
    return this.#accepted;
  }

  get refused(): ReadonlyMap<RefusalKind, RefusalCount> {
    return this.#refused;
  }

  @Subscribe('github.**')
  @measured
  countAccepted({ headers }: Delivery): void {
    increment(this.#accepted, headers.event);
    this.#counted();
  }

  @Subscribe(DeliveryRefused)
  @measured
  countRefused({ kind, statusCode, reasons }: DeliveryRefused): void {
    const entry = this.#refused.get(kind) ?? { statusCode, count: 0, reasons: new Map() };
    this.#refused.set(kind, entry);
    entry.count += 1;
    for (const reason of reasons) {
      const known = entry.reasons.has(reason) || entry.reasons.size < REASON_LIMIT;
      increment(entry.reasons, known ? reason : 'other reasons');
    }
    this.#counted();
  }

  /** Resolves once that many deliveries have been accepted or refused. */
  async reached(count: number): Promise<void> {
    if (this.#total < count)
      await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
  }

  #counted(): void {
    this.#total += 1;
    for (const { count, resolve } of this.#waiting) if (count <= this.#total) resolve();
    this.#waiting = this.#waiting.filter(({ count }) => count > this.#total);
  }
}

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
