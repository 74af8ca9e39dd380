/** The context in which an engine stores a message. */
import { type Context, createContextKey } from '@opentelemetry/api';

/** The key by which the SDK, and each instrumentation, knows that no spans are wanted. */
const SUPPRESSED = /* @__PURE__ */ createContextKey(
  'OpenTelemetry SDK Context Key SUPPRESS_TRACING',
);

/** The context of the message that is being sent: the one at hand makes no spans. */
export const SENDING = /* @__PURE__ */ createContextKey('carillon sending');

/** That of a message, in which no spans are made. A context of the API would copy all of its values for each one that is added. */
export class SendingContext implements Context {
  readonly #sending: Context;

  constructor(sending: Context) {
    this.#sending = sending;
  }

  getValue(key: symbol): unknown {
    if (key === SENDING) return this.#sending;
    return key === SUPPRESSED ? true : this.#sending.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#ordinary().setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.#ordinary().deleteValue(key);
  }

  #ordinary(): Context {
    return this.#sending.setValue(SENDING, this.#sending).setValue(SUPPRESSED, true);
  }
}
