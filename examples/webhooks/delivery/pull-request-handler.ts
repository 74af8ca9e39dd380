/** Keeps the state of pull requests, and has their text indexed. */
import { Emits, Events, On } from 'carillon';
import { injectable } from 'inversify';
import { PullRequestReceived } from '../payloads/pull-request.js';
import { measured } from '../report/measured.js';
import { DocumentChanged } from '../services/search-index.js';
import { ChangeSet } from './change-set.js';

@injectable()
export class PullRequestHandler {
  constructor(
    private readonly changes: ChangeSet,
    private readonly events: Events,
  ) {}

  @On(PullRequestReceived, { priority: 1 })
  @measured
  track({ repository, number, pull_request }: PullRequestReceived): void {
    this.changes.add({
      table: 'pull requests',
      key: `${repository.full_name}#${number}`,
      value: pull_request.state,
    });
  }

  @On(PullRequestReceived)
  @Emits(DocumentChanged, { by: 'defer' })
  @measured
  async index({ repository, number, pull_request }: PullRequestReceived): Promise<void> {
    const { title, body } = pull_request;
    await this.events.defer(
      new DocumentChanged(`${repository.full_name}#${number}`, `${title}\n${body ?? ''}`),
    );
  }
}
