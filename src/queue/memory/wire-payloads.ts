/** The payloads of a queue in memory that treats them as an engine does: it keeps texts, and each attempt gets a payload of its own. */
import { type EventKey, eventName } from '../../../decorators/event-key.js';
import { PayloadCodec } from '../../events/payload-codec.js';
import { cannotTravel, checkSize, depthWithin, type JsonLimits } from '../../events/safe-json.js';
import { readTyped, type TypedJson, typedJson } from '../../events/typed-json.js';
import type { QueueOptions } from '../queue-options.js';

/** Without envelopes, which a program that has no engine need not carry. */
export class WirePayloads {
  readonly #payloads: PayloadCodec;
  readonly #limits: JsonLimits;

  constructor({ reader, limits = {} }: QueueOptions) {
    this.#payloads = new PayloadCodec(reader);
    this.#limits = limits;
  }

  /** @throws CarillonError `CAR5031`, `CAR5032`, `CAR7020` for an event that could not travel */
  checkEvent(key: EventKey): void {
    this.#payloads.nameOf(key);
  }

  /** @throws CarillonError (a rejection) `CAR5034`, `CAR5035`, `CAR5037` for a payload that could not travel */
  async write(key: EventKey, payload: unknown): Promise<TypedJson> {
    const what = `The message ${eventName(key)}`;
    const { data, prototype } = await this.#payloads.write(key, payload);
    try {
      const written = typedJson(data, depthWithin(this.#limits, 1), prototype);
      checkSize(what, written.json ?? '', this.#limits);
      return written;
    } catch (cause) {
      throw cannotTravel(what, cause);
    }
  }

  /**
   * A payload that nobody else has, or the promise of it.
   *
   * @throws CarillonError (or a rejection) `CAR5035` for a payload that is not valid
   */
  read(key: EventKey, written: unknown): unknown {
    const { json, types } = written as TypedJson;
    const plain: unknown = json === undefined ? undefined : JSON.parse(json);
    const data = types === undefined ? plain : readTyped(plain, types);
    return this.#payloads.read(key, data, `A message ${eventName(key)}`);
  }
}
