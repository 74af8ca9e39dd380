/** Takes one delivery through its stations: the request's own handlers, the whole application, the queues. */
import { Emits, Events } from 'carillon';
import { injectable } from 'inversify';
import { OtherReceived } from '../payloads/delivery.js';
import { IssueReceived } from '../payloads/issue.js';
import { PullRequestReceived } from '../payloads/pull-request.js';
import { PushReceived } from '../payloads/push.js';
import { ArchiveDue } from '../services/archive.js';
import { ChangeSet } from './change-set.js';
import { DeliveryContext, DeliveryHandled } from './delivery-context.js';

/** What the sender of a delivery is answered. */
export interface DeliveryAnswer {
  readonly topic: string;
  readonly changes: number;
}

/** Some of the topics that deliveries have: an action of GitHub's stands at the end. */
const TOPICS = ['github.push', 'github.pull_request.opened', 'github.issues.opened'] as const;

@injectable()
export class DeliveryDesk {
  constructor(
    private readonly events: Events,
    private readonly context: DeliveryContext,
    private readonly changes: ChangeSet,
  ) {}

  /** @throws EmitError when a handler of this request failed; nothing is published or deferred then */
  @Emits([PushReceived, PullRequestReceived, IssueReceived, OtherReceived, DeliveryHandled])
  @Emits(TOPICS, { by: 'publish' })
  @Emits(ArchiveDue, { by: 'defer' })
  async handle(): Promise<DeliveryAnswer> {
    const { delivery, body } = this.context;
    const { topic } = delivery;

    await this.events.emitAsync(delivery);
    await this.events.emitAsync(new DeliveryHandled(topic));
    await this.events.publish(topic, delivery);
    await this.events.defer(new ArchiveDue(delivery.headers.id, body));
    return { topic, changes: this.changes.committed };
  }
}
