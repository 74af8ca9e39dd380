/** Payloads as data, by the names of their events and by their reader: what envelopes are written around, and a queue in memory keeps. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { type EventClass, type EventKey, eventName } from '../../decorators/event-key.js';
import { thrownSentence } from './describe-thrown.js';
import { EventTypes } from './event-types.js';
import { isThenable } from './is-thenable.js';
import { type PayloadReader, plainReader } from './payload-reader.js';

/** What a reader made of a payload. */
export interface WrittenPayload {
  readonly data: unknown;
  /** That of the payload's class, where the payload is written as it is. */
  readonly prototype: object | undefined;
}

/** The payloads of one application. */
export class PayloadCodec {
  readonly types = new EventTypes();
  readonly #checked = new WeakSet<EventClass>();
  readonly #reader: PayloadReader;

  constructor(reader: PayloadReader = plainReader) {
    this.#reader = reader;
  }

  /** @throws CarillonError `CAR5031`, `CAR5032` for an event that has no name of its own, `CAR7020` for a class that asks too much */
  nameOf(key: EventKey): string {
    const name = this.types.nameOf(key);
    if (typeof key === 'function' && !this.#checked.has(key)) {
      this.#reader.check(key);
      this.#checked.add(key);
    }
    return name;
  }

  /**
   * Checks a payload that leaves; at once where its reader does.
   *
   * @throws CarillonError (or a rejection) `CAR5035` for a payload that is not valid
   */
  write(key: EventKey, payload: unknown): WrittenPayload | Promise<WrittenPayload> {
    if (!isClass(key)) return { data: payload, prototype: undefined };
    const written = (data: unknown): WrittenPayload => ({
      data,
      // What the reader leaves as it is it rebuilds.
      prototype: data === payload ? key.prototype : undefined,
    });
    const data = attempt(
      () => this.#reader.write(key, payload),
      (cause) => {
        throw invalid(`A ${eventName(key)} that was to be sent is not valid`, cause);
      },
    );
    return isThenable(data) ? Promise.resolve(data).then(written) : written(data);
  }

  /**
   * Rebuilds and checks a payload that enters; at once where its reader does.
   *
   * @param what whose payload it is, for the error
   * @throws CarillonError (or a rejection) `CAR5035` for a payload that is not valid
   */
  read(key: EventKey, data: unknown, what: string): unknown {
    if (!isClass(key)) return data;
    return attempt(
      () => this.#reader.read(key, data),
      (cause) => {
        throw invalid(`${what} is not a valid ${eventName(key)}`, cause);
      },
    );
  }
}

function isClass(key: EventKey): key is EventClass {
  return typeof key === 'function';
}

/** What the reader gives or promises; whatever it throws or rejects with is told otherwise. */
function attempt(read: () => unknown, refuse: (cause: unknown) => never): unknown {
  try {
    const value = read();
    return isThenable(value) ? Promise.resolve(value).catch(refuse) : value;
  } catch (cause) {
    return refuse(cause);
  }
}

function invalid(what: string, cause: unknown): CarillonError {
  return new CarillonError('CAR5035', `${what}: ${thrownSentence(cause)} See the cause.`, {
    cause,
  });
}
