/** Where a polled worker gets messages that a test gives out: it notes what becomes of them. */
import type { ClaimedMessage } from '../../src/engines/claimed-delivery.js';
import type { Claim, ClaimSize, MessageSource } from '../../src/engines/pull-consumer.js';

export interface HandMessage extends ClaimedMessage {
  readonly id: string;
}

type Offer = () => Claim<HandMessage> | Promise<Claim<HandMessage>>;

export class SourceByHand implements MessageSource<HandMessage> {
  /** What the next claims give out, one after another; then nothing. */
  readonly offers: Offer[] = [];
  /** How much each claim asked for. */
  readonly asked: ClaimSize[] = [];
  /** Outcomes as `id outcome`, with the ids of those that went back with it. */
  readonly settled: string[] = [];
  readonly returned: string[] = [];
  /** The ids of each renewal. */
  readonly renewed: (readonly string[])[] = [];
  /** The ids of messages that are another worker's. */
  readonly lost = new Set<string>();
  /** How often the other consumers were told. */
  told = 0;
  /** Before a renewal is answered. */
  beforeRenewal: () => void = () => undefined;

  async claim(room: () => ClaimSize): Promise<Claim<HandMessage>> {
    const size = room();
    this.asked.push(size);
    return this.offers.shift()?.() ?? { messages: [] };
  }

  async settle(
    { id }: HandMessage,
    { type }: { readonly type: string },
    behind: readonly HandMessage[],
  ): Promise<void> {
    this.settled.push([id, type, ...behind.map((message) => message.id)].join(' '));
  }

  async giveBack(messages: readonly HandMessage[]): Promise<void> {
    this.returned.push(...messages.map(({ id }) => id));
  }

  async renew(messages: readonly HandMessage[]): Promise<readonly HandMessage[]> {
    this.renewed.push(messages.map(({ id }) => id));
    this.beforeRenewal();
    return messages.filter(({ id }) => this.lost.has(id));
  }

  async progress(): Promise<void> {}

  async log(): Promise<void> {}

  async tellOthers(): Promise<void> {
    this.told += 1;
  }
}

/** One claim: each word is the ids of one ordering key, the first to begin and those behind it. A small letter alone has no key. */
export function claimOf(words: string): Claim<HandMessage> {
  const behind = new Map<HandMessage, readonly HandMessage[]>();
  const messages = words.split(' ').map((word) => {
    const [first, ...rest] = [...word].map((id) => messageOf(id, word.length > 1 || id < 'a'));
    if (rest.length > 0) behind.set(first as HandMessage, rest);
    return first as HandMessage;
  });
  return { messages, behind };
}

function messageOf(id: string, isOrdered: boolean): HandMessage {
  return { id, handler: 'worker', body: '{}', attempt: 1, expired: false, isOrdered };
}
