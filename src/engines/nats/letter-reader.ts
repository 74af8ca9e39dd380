/** Reads the stream of dead letters from its beginning, as far as it has to, by a consumer of its own that is gone afterwards. */
import { AckPolicy, DeliverPolicy, type JetStreamManager } from '@nats-io/jetstream';
import { type Msg, type NatsConnection, nanos } from '@nats-io/transport-node';
import { type Clock, clearTimer, setTimer } from '../../dispatch/clock.js';
import { newInbox } from './inbox.js';
import { statusOf } from './stream-message.js';

/** What the reader works with. */
export interface LetterReaderOptions {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly clock: Clock;
  /** The name of the stream. */
  readonly stream: string;
  /** Milliseconds without a message after which the server counts as gone. */
  readonly patience: number;
}

/** How many messages the server sends at once: so many that it does not wait, and so few that it need not. */
const PORTION = 500;

/**
 * @param take gets a portion of them, and tells whether it needs more
 * @throws Error (a rejection) when the server does not answer
 */
export async function readLetters(
  options: LetterReaderOptions,
  take: (portion: readonly Msg[]) => boolean,
): Promise<void> {
  const { manager, stream, patience } = options;
  const { state } = await manager.streams.info(stream);
  if (state.messages === 0) return;
  const { name } = await manager.consumers.add(stream, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.All,
    inactive_threshold: nanos(2 * patience),
    mem_storage: true,
  });
  let left = state.messages;
  try {
    while (left > 0) {
      const portion = await readPortion(options, name);
      left -= portion.length;
      if (!take(portion) || portion.length < PORTION) break;
    }
  } finally {
    // It is removed in any case once nobody has asked it for a while.
    await manager.consumers.delete(stream, name).catch(() => undefined);
  }
}

function readPortion(
  { connection, clock, stream, patience }: LetterReaderOptions,
  consumer: string,
): Promise<readonly Msg[]> {
  const inbox = newInbox(connection);
  return new Promise((resolve, reject) => {
    const found: Msg[] = [];
    let timer: unknown;
    const end = (settle: () => void) => {
      clearTimer(clock, timer);
      subscription.unsubscribe();
      settle();
    };
    const wait = () => {
      clearTimer(clock, timer);
      const silent = () => end(() => reject(new Error(`the stream ${stream} does not answer`)));
      timer = setTimer(clock, silent, patience);
    };
    const subscription = connection.subscribe(inbox, {
      callback: (error, message) => {
        if (error !== null) return end(() => reject(error));
        // A status: there are no more.
        if ((statusOf(message)?.code ?? 0) > 0) return end(() => resolve(found));
        found.push(message);
        if (found.length === PORTION) return end(() => resolve(found));
        wait();
      },
    });
    wait();
    const request = JSON.stringify({ batch: PORTION, no_wait: true });
    connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, request, {
      reply: inbox,
    });
  });
}
