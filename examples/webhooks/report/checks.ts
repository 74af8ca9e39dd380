/** Compares what happened with what must have happened. Each function gives the faults that it found, one sentence each. */
import type { Application, Ending } from '../application.js';
import type { RefusalKind } from '../http/refusal.js';
import type { Kind } from '../sender/plan.js';
import type { Answer } from '../sender/send.js';

/** What a delivery of each kind is answered, and what the backend makes of it. */
const EXPECTED: Readonly<
  Record<Kind, { readonly status: number | undefined; readonly outcome: 'accepted' | RefusalKind }>
> = {
  genuine: { status: 202, outcome: 'accepted' },
  'bad signature': { status: 401, outcome: 'bad signature' },
  'invalid payload': { status: 422, outcome: 'invalid payload' },
  'not JSON': { status: 400, outcome: 'not JSON' },
  'cut short': { status: 400, outcome: 'cut short' },
  'cut short, hung up': { status: undefined, outcome: 'cut short' },
  // The body came whole, so it is accepted, although nobody is there any more to hear it.
  'whole, hung up': { status: undefined, outcome: 'accepted' },
};

/** Every delivery that was sent was answered as it should be, and was counted once. */
export function checkAnswers(
  answers: readonly Answer[],
  { services: { intake } }: Application,
): string[] {
  const wrong = answers
    .filter(({ kind, status }) => status !== EXPECTED[kind].status)
    .map(
      ({ kind, event, status }) =>
        `${event}, ${kind}, was answered ${status ?? 'nothing'} instead of ${EXPECTED[kind].status ?? 'nothing'}`,
    );

  const accepted = answers.filter(({ kind }) => EXPECTED[kind].outcome === 'accepted');
  const refused = answers.filter(({ kind }) => EXPECTED[kind].outcome !== 'accepted');
  const refusals = new Map([...intake.refused].map(([kind, { count }]) => [kind, count]));
  return [
    ...wrong,
    ...differences(
      'accepted',
      countBy(accepted, ({ event }) => event),
      intake.accepted,
    ),
    ...differences(
      'refused',
      countBy(refused, ({ kind }) => EXPECTED[kind].outcome),
      refusals,
    ),
  ];
}

/** The handlers did what there was to do, and the backend ended as it must. */
export function checkBackend(application: Application, ending: Ending): string[] {
  return [...checkRuns(application), ...checkEnding(application, ending)];
}

/** Every handler ran as often as there was something for it, so what was accepted was also worked off. */
function checkRuns({ services: { intake, times } }: Application): string[] {
  const runs = new Map([...times.times].map(([name, time]) => [name, time.runs]));
  const failed = [...times.times].filter(([, time]) => time.failed > 0);
  return [
    ...failed.map(([name, time]) => `${name} failed ${time.failed} times`),
    ...differences(
      'runs of',
      expectedRuns(intake.accepted, sum([...intake.refused.values()].map(({ count }) => count))),
      runs,
    ),
  ];
}

/** Nothing is alive, nothing was given up, and nothing went wrong on the way. */
function checkEnding({ problems, requests }: Application, { after, abandoned }: Ending): string[] {
  const alive = Object.entries(after).filter(([, count]) => count !== 0);
  return [
    ...alive.map(([what, count]) => `${count} ${what} still alive`),
    ...abandoned.map((handler) => `left behind: ${handler}`),
    ...(requests.opened === requests.closed
      ? []
      : [`${requests.opened} request scopes were opened, but ${requests.closed} closed`]),
    ...requests.faults,
    ...problems.map(({ message }) => message),
  ];
}

function expectedRuns(
  accepted: ReadonlyMap<string, number>,
  refused: number,
): ReadonlyMap<string, number> {
  const all = sum([...accepted.values()]);
  const pushes = accepted.get('push') ?? 0;
  const pullRequests = accepted.get('pull_request') ?? 0;
  const issues = accepted.get('issues') ?? 0;
  const expected: Readonly<Record<string, number>> = {
    'PushHandler.moveRef': pushes,
    'PushHandler.recordCommits': pushes,
    'PullRequestHandler.track': pullRequests,
    'PullRequestHandler.index': pullRequests,
    'IssueHandler.track': issues,
    'IssueHandler.index': issues,
    'ActivityLog.note': all,
    'ActivityLog.write': all,
    'ChangeSet.commit': all,
    'Intake.countAccepted': all,
    'Intake.countRefused': refused,
    'PullRequestBoard.move': pullRequests,
    'Archive.store': all,
    'Notifier.notify': pullRequests,
    'SearchIndex.index': pullRequests + issues,
  };
  return new Map(Object.entries(expected));
}

function differences(
  what: string,
  expected: ReadonlyMap<string, number>,
  actual: ReadonlyMap<string, number>,
): string[] {
  return [...new Set([...expected.keys(), ...actual.keys()])]
    .filter((key) => (expected.get(key) ?? 0) !== (actual.get(key) ?? 0))
    .map((key) => `${what} ${key}: ${actual.get(key) ?? 0} instead of ${expected.get(key) ?? 0}`);
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
