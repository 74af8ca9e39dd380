/** What can be done with the dead letters of a queue on an engine. */
import { type MessageCodec, sentAt } from '../../events/message-codec.js';
import type { DeadLetterAccess, DeadMessage, InspectedMessage } from '../backend.js';
import { unservedError } from '../dead-letters.js';
import type { DeferredHandlers } from '../deferred-handlers.js';
import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterStore,
  ProviderQueue,
} from '../queue-provider.js';

export class EngineDeadLetters implements DeadLetterAccess {
  readonly #queue: string;
  readonly #open: () => Promise<ProviderQueue>;
  readonly #codec: MessageCodec;
  readonly #deferredHandlers: DeferredHandlers;

  constructor(
    queue: string,
    open: () => Promise<ProviderQueue>,
    codec: MessageCodec,
    deferredHandlers: DeferredHandlers,
  ) {
    this.#queue = queue;
    this.#open = open;
    this.#codec = codec;
    this.#deferredHandlers = deferredHandlers;
  }

  async list(filter: DeadLetterFilter): Promise<DeadMessage[]> {
    return (await (await this.#store()).list(filter)).map((deadLetter) => this.#shown(deadLetter));
  }

  async count(filter: DeadLetterFilter): Promise<number> {
    return (await this.#store()).count(filter);
  }

  async inspect(id: string): Promise<InspectedMessage | undefined> {
    const [deadLetter] = await (await this.#store()).list({ ids: [id] });
    if (deadLetter === undefined) return undefined;
    const payload = await this.#payloadOf(deadLetter);
    return { ...this.#shown(deadLetter), payload, body: deadLetter.body };
  }

  /** Keeps the envelope's metadata. The new data is checked as for a new message. */
  async edit(id: string, payload: unknown): Promise<boolean> {
    const store = await this.#store();
    const [deadLetter] = await store.list({ ids: [id] });
    if (deadLetter === undefined) return false;
    const envelope = this.#codec.decode(deadLetter.body);
    const time = envelope.time ?? sentAt(envelope)?.toISOString();
    const key = this.#codec.keyOf(envelope) ?? envelope.type;
    const { text } = await this.#codec.encode(key, payload, { ...envelope, time });
    return store.edit(id, text);
  }

  async retry(filter: DeadLetterFilter): Promise<number> {
    const store = await this.#store();
    for (const { handler, event, body } of await store.list(filter)) {
      if (!this.#isServed(handler, body)) throw unservedError(this.#queue, event, handler);
    }
    return store.retry(filter);
  }

  async drop(filter: DeadLetterFilter): Promise<number> {
    return (await this.#store()).drop(filter);
  }

  async #store(): Promise<DeadLetterStore> {
    return (await this.#open()).deadLetters as DeadLetterStore;
  }

  #isServed(handler: string | undefined, body: string): boolean {
    if (handler !== undefined)
      return this.#deferredHandlers.byId(this.#queue, handler) !== undefined;
    try {
      const key = this.#codec.keyOf(this.#codec.decode(body));
      return key !== undefined && this.#deferredHandlers.recipientsIn(this.#queue, key).length > 0;
    } catch {
      return false;
    }
  }

  async #payloadOf({ body }: DeadLetter): Promise<unknown> {
    try {
      const envelope = this.#codec.decode(body);
      return await this.#codec.payloadFor(this.#codec.keyOf(envelope) ?? envelope.type, envelope);
    } catch {
      // It was given up because it cannot be read.
      return undefined;
    }
  }

  #shown({ body: _, ...deadLetter }: DeadLetter): DeadMessage {
    return { ...deadLetter, queue: this.#queue };
  }
}
