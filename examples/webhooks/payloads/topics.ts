/** Which topic carries which payload class, so that the compiler checks each `@Subscribe` against it. */
import type { IssueReceived } from './issue.js';
import type { PullRequestReceived } from './pull-request.js';
import type { PushReceived } from './push.js';

type PullRequestAction =
  | 'assigned'
  | 'closed'
  | 'converted_to_draft'
  | 'edited'
  | 'labeled'
  | 'locked'
  | 'opened'
  | 'ready_for_review'
  | 'reopened'
  | 'review_request_removed'
  | 'review_requested'
  | 'synchronize'
  | 'unassigned'
  | 'unlabeled'
  | 'unlocked';

type IssueAction =
  | 'assigned'
  | 'closed'
  | 'deleted'
  | 'demilestoned'
  | 'edited'
  | 'labeled'
  | 'locked'
  | 'milestoned'
  | 'opened'
  | 'pinned'
  | 'reopened'
  | 'transferred'
  | 'unassigned'
  | 'unlabeled'
  | 'unlocked'
  | 'unpinned';

type PullRequestTopics = Record<`github.pull_request.${PullRequestAction}`, PullRequestReceived>;
type IssueTopics = Record<`github.issues.${IssueAction}`, IssueReceived>;

declare module 'carillon' {
  interface EventMap extends PullRequestTopics, IssueTopics {
    'github.push': PushReceived;
  }
}
