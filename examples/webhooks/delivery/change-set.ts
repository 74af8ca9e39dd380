/** What one delivery changes, written to the store at once and only when all of its handlers went well. */
import { Once } from 'carillon';
import { injectable } from 'inversify';
import { measured } from '../report/measured.js';
import { type Change, Store } from '../services/store.js';
import { DeliveryHandled } from './delivery-context.js';

@injectable()
export class ChangeSet {
  readonly #changes: Change[] = [];
  #committed = 0;

  constructor(private readonly store: Store) {}

  /** How many changes were written. */
  get committed(): number {
    return this.#committed;
  }

  add(change: Change): void {
    this.#changes.push(change);
  }

  @Once(DeliveryHandled)
  @measured
  async commit(): Promise<void> {
    await this.store.apply(this.#changes);
    this.#committed = this.#changes.length;
  }
}
