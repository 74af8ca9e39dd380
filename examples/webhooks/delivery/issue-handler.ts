/** Keeps the state of issues, and has their text indexed. */
import { Emits, Events, On } from 'carillon';
import { injectable } from 'inversify';
import { IssueReceived } from '../payloads/issue.js';
import { measured } from '../report/measured.js';
import { DocumentChanged } from '../services/search-index.js';
import { ChangeSet } from './change-set.js';

@injectable()
export class IssueHandler {
  constructor(
    private readonly changes: ChangeSet,
    private readonly events: Events,
  ) {}

  @On(IssueReceived, { priority: 1 })
  @measured
  track({ action, repository, issue }: IssueReceived): void {
    const value = action === 'deleted' ? undefined : (issue.state ?? 'open');
    this.changes.add({ table: 'issues', key: `${repository.full_name}#${issue.number}`, value });
  }

  @On(IssueReceived)
  @Emits(DocumentChanged, { by: 'defer' })
  @measured
  async index({ repository, issue }: IssueReceived): Promise<void> {
    const { number, title, body } = issue;
    await this.events.defer(
      new DocumentChanged(`${repository.full_name}#${number}`, `${title}\n${body ?? ''}`),
    );
  }
}
