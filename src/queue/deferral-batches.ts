/** Many messages on their way at once: one batch for each queue that they go to. */
import type { Channel, Deferral } from './channel.js';
import type { StoredMessage } from './receipt.js';

/** What goes to one queue, with its places among all. */
interface Batch {
  readonly places: number[];
  readonly deferrals: Deferral[];
}

export class DeferralBatches {
  readonly #batches = new Map<Channel, Batch>();
  readonly #stored: StoredMessage[][] = [];

  /** @param place of the message among all: 0 for the first */
  add(place: number, channel: Channel, deferral: Deferral): void {
    let batch = this.#batches.get(channel);
    if (batch === undefined) {
      batch = { places: [], deferrals: [] };
      this.#batches.set(channel, batch);
    }
    batch.places.push(place);
    batch.deferrals.push(deferral);
  }

  /** Resolves, once all are accepted, with what was stored of each message. */
  async send(transaction: unknown): Promise<readonly (readonly StoredMessage[])[]> {
    await Promise.all([...this.#batches].map(([channel, batch]) => this.#sendTo(channel, batch, transaction)));
    return this.#stored;
  }

  async #sendTo(channel: Channel, { places, deferrals }: Batch, transaction: unknown): Promise<void> {
    const stored = await channel.send(deferrals, transaction);
    let next = 0;
    places.forEach((place, index) => {
      const end = next + Math.max(1, deferrals[index]?.targets.length ?? 0);
      const own = stored.slice(next, end);
      const others = this.#stored[place];
      this.#stored[place] = others === undefined ? own : [...others, ...own];
      next = end;
    });
  }
}
