/** The board that the whole team looks at: which pull requests are open. It hears of each change and has the watchers told. */
import { Emits, Events, Subscribe } from 'carillon';
import { injectable } from 'inversify';
import type { PullRequestReceived } from '../payloads/pull-request.js';
import { measured } from '../report/measured.js';
import { NotificationDue } from './notifier.js';

@injectable()
export class PullRequestBoard {
  readonly #open = new Set<string>();

  constructor(private readonly events: Events) {}

  /** How many pull requests are open. */
  get size(): number {
    return this.#open.size;
  }

  @Subscribe('github.pull_request.*')
  @Emits(NotificationDue, { by: 'defer' })
  @measured
  async move(received: PullRequestReceived): Promise<void> {
    const { repository, number, pull_request, summary } = received;
    const key = `${repository.full_name}#${number}`;
    if (pull_request.state === 'open') this.#open.add(key);
    else this.#open.delete(key);

    await this.events.defer(
      new NotificationDue(pull_request.user.login, `${key} ${pull_request.title}`, summary),
    );
  }
}
