/** The feed as server-sent events: in batches, at most ten a second, so that a storm of events stays readable and cheap. */
import { answer, type DashboardResponse, type Reader } from './exchange.js';
import type { Feed } from './feed.js';

const BATCH_TIME = 100;
const PING_TIME = 15_000;
/** More are passed over: nobody reads so many, and the newest are what counts. */
const MOST_AT_ONCE = 500;

/** @param seen how many changes the reader has had */
export function feedStream(
  feed: Feed,
  seen: number | undefined,
  onEnd: (listener: () => void) => void,
): DashboardResponse {
  return answer(200, 'text/event-stream', (reader) => {
    const subscription = new FeedSubscription(feed, reader, seen ?? 0);
    onEnd(() => {
      subscription.stop();
      reader.end();
    });
  });
}

class FeedSubscription {
  readonly #feed: Feed;
  readonly #reader: Reader;
  readonly #ping: NodeJS.Timeout;
  readonly #leave: () => void;
  #seen: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(feed: Feed, reader: Reader, seen: number) {
    this.#feed = feed;
    this.#reader = reader;
    this.#seen = seen;
    this.#ping = setInterval(() => reader.write(': ping\n\n'), PING_TIME).unref();
    this.#leave = feed.listen(() => this.#soon());
    reader.write('retry: 1000\n\n');
    this.#send();
  }

  stop(): void {
    clearInterval(this.#ping);
    clearTimeout(this.#timer);
    this.#leave();
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => this.#send(), BATCH_TIME).unref();
  }

  #send(): void {
    this.#timer = undefined;
    // It gets what it has missed in one batch, once it reads again.
    if (this.#reader.isBehind()) {
      this.#soon();
      return;
    }
    const entries = this.#feed.since(this.#seen);
    this.#seen = this.#feed.count;
    const passedOver = Math.max(0, entries.length - MOST_AT_ONCE);
    const data = JSON.stringify({ entries: entries.slice(passedOver), passedOver });
    this.#reader.write(`id: ${this.#seen}\nevent: entries\ndata: ${data}\n\n`);
  }
}
