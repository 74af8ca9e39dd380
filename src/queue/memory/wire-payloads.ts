/** The payloads of a queue in memory that treats them as an engine does: it keeps texts, and each attempt gets a payload of its own. */
import type { EventKey } from '../../../decorators/event-key.js';
import { continuedFacts } from '../../dispatch/correlation.js';
import type { Runtime } from '../../dispatch/runtime.js';
import { MessageCodec } from '../../events/message-codec.js';
import type { QueueContext } from '../queue-options.js';

export class WirePayloads {
  readonly #codec: MessageCodec;
  readonly #runtime: Runtime;

  constructor({ options, source, runtime }: QueueContext) {
    const { reader, limits } = options;
    this.#codec = new MessageCodec({ source: options.source ?? source, reader, limits });
    this.#runtime = runtime;
  }

  /** @throws CarillonError `CAR5031`, `CAR5032`, `CAR7020` for an event that could not travel */
  checkEvent(key: EventKey): void {
    this.#codec.nameOf(key);
  }

  /** @throws CarillonError (a rejection) `CAR5034`, `CAR5035`, `CAR5037` for what could not travel */
  async write(key: EventKey, payload: unknown): Promise<string> {
    return (await this.#codec.encode(key, payload, continuedFacts(this.#runtime))).text;
  }

  /**
   * A payload that nobody else has, or the promise of it.
   *
   * @throws CarillonError (or a rejection) `CAR5035`, `CAR5036` for what cannot be read
   */
  read(key: EventKey, text: unknown): unknown {
    return this.#codec.payloadFor(key, this.#codec.decode(text as string));
  }
}
