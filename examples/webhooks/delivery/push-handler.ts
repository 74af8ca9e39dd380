/** Follows where branches and tags stand. */
import { On } from 'carillon';
import { injectable } from 'inversify';
import { PushReceived } from '../payloads/push.js';
import { measured } from '../report/measured.js';
import { ChangeSet } from './change-set.js';

@injectable()
export class PushHandler {
  constructor(private readonly changes: ChangeSet) {}

  @On(PushReceived)
  @measured
  moveRef(push: PushReceived): void {
    const key = `${push.repository.full_name}@${push.ref}`;
    this.changes.add({ table: 'refs', key, value: push.deleted ? undefined : push.after });
  }

  @On(PushReceived)
  @measured
  recordCommits(push: PushReceived): void {
    for (const { id, message } of push.commits)
      this.changes.add({ table: 'commits', key: id, value: message });
  }
}
