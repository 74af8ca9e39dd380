/** Publishes to JetStream, also while the servers of a stream elect their leader. */
import type { JetStreamClient, PubAck } from '@nats-io/jetstream';
import { escapeWord } from '../topic-words.js';
import { type Insistence, insist } from './insist.js';

/** What is published, and how. */
export type PublishOptions = NonNullable<Parameters<JetStreamClient['publish']>[2]>;

/** What a header cannot hold. */
const LINE_ENDS = /[\r\n%]/g;

export class PatientClient {
  readonly #client: JetStreamClient;
  readonly #insistence: Insistence;

  constructor(client: JetStreamClient, insistence: Insistence) {
    this.#client = client;
    this.#insistence = insistence;
  }

  /**
   * What nobody listened to is sent again; what was not answered only with a message id, by which the server knows what it has. A duplicate of
   * its own is none.
   */
  publish(subject: string, body: string, options: PublishOptions = {}): Promise<PubAck> {
    return insist(this.#insistence, async (part, before) => {
      const { msgID: id } = options;
      const msgID = id === undefined ? {} : { msgID: escapeWord(id, LINE_ENDS) };
      const timeout = id === undefined ? this.#insistence.patience : part;
      const answer = await this.#client.publish(subject, body, { ...options, ...msgID, timeout });
      return before > 0 && answer.duplicate ? { ...answer, duplicate: false } : answer;
    });
  }
}
