/** Adds one line about each delivery to what is committed. */
import { On, Once } from 'carillon';
import { injectable } from 'inversify';
import { type Delivery, OtherReceived } from '../payloads/delivery.js';
import { IssueReceived } from '../payloads/issue.js';
import { PullRequestReceived } from '../payloads/pull-request.js';
import { PushReceived } from '../payloads/push.js';
import { measured } from '../report/measured.js';
import { ChangeSet } from './change-set.js';
import { DeliveryHandled } from './delivery-context.js';

@injectable()
export class ActivityLog {
  readonly #noted: Delivery[] = [];

  constructor(private readonly changes: ChangeSet) {}

  @On(PushReceived)
  @On(PullRequestReceived)
  @On(IssueReceived)
  @On(OtherReceived)
  @measured
  note(delivery: Delivery): void {
    this.#noted.push(delivery);
  }

  @Once(DeliveryHandled, { before: [ChangeSet, 'commit'] })
  @measured
  write(): void {
    for (const { headers, summary } of this.#noted)
      this.changes.add({ table: 'activity', key: headers.id, value: summary });
  }
}
