/** Writes down for people what a run did. */
import type { Application, Ending, Services } from '../application.js';
import type { Answer } from '../sender/send.js';

/** What another process sent, and what it was answered. */
export function describeAnswers(answers: readonly Answer[]): string {
  return section(
    'Sent by the other process',
    table(['delivery', 'count', 'answers'], answersByKind(answers)),
  );
}

/** What came in, what was refused, what the handlers did, and what was alive at the end. */
export function describeBackend({ requests, services }: Application, ending: Ending): string {
  return [
    section('Came in', table(['event', 'accepted'], [...services.intake.accepted])),
    section('Refused', table(['why', 'status', 'count', 'first reason'], refusals(services))),
    section(
      'Handlers',
      table(['handler', 'runs', 'mean ms', 'longest ms'], handlerTimes(services)),
    ),
    section('Left by them', table(['what', 'count'], results(services))),
    section('Request scopes', [
      `${requests.opened} opened, ${requests.closed} closed, ${requests.outlived} of them after their client had gone`,
    ]),
    section('Still alive', [
      `before stop: ${countsOf(ending.before)}`,
      `after stop:  ${countsOf(ending.after)}`,
    ]),
  ].join('\n');
}

type Cell = string | number;

function section(title: string, lines: readonly string[]): string {
  return [title, ...lines.map((line) => `  ${line}`), ''].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const all: readonly (readonly Cell[])[] = [head, ...rows];
  const widths = head.map((_, column) =>
    Math.max(...all.map((row) => String(row[column] ?? '').length)),
  );
  return all.map((row) =>
    row
      .map((cell, column) => padded(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function padded(cell: Cell, width: number): string {
  return typeof cell === 'number' ? String(cell).padStart(width) : cell.padEnd(width);
}

function answersByKind(answers: readonly Answer[]): Cell[][] {
  const kinds = new Map<string, Map<string, number>>();
  for (const { kind, status } of answers) {
    const statuses = kinds.get(kind) ?? new Map<string, number>();
    const answer = String(status ?? 'hung up');
    kinds.set(kind, statuses.set(answer, (statuses.get(answer) ?? 0) + 1));
  }
  return [...kinds].map(([kind, statuses]) => {
    const counts = [...statuses.values()];
    return [
      kind,
      counts.reduce((sum, count) => sum + count, 0),
      [...statuses].map(([status, count]) => `${count} × ${status}`).join(', '),
    ];
  });
}

function refusals({ intake }: Services): Cell[][] {
  return [...intake.refused].map(([kind, { statusCode, count, reasons }]) => [
    kind,
    statusCode,
    count,
    [...reasons.keys()][0] ?? '',
  ]);
}

function handlerTimes({ times }: Services): Cell[][] {
  return [...times.times].map(([name, { runs, total, longest }]) => [
    name,
    runs,
    (total / runs).toFixed(3),
    longest.toFixed(3),
  ]);
}

function results({ store, board, archive, notifier, search }: Services): Cell[][] {
  const sent = [...notifier.sent.values()].reduce((sum, count) => sum + count, 0);
  return [
    ...[...store.sizes].map(([name, rows]): Cell[] => [`rows in ${name}`, rows]),
    ['open pull requests', board.size],
    ['bytes received and archived', archive.bytesIn],
    ['bytes of the archive', archive.bytesOut],
    ['notifications', sent],
    ['words indexed', search.words],
  ];
}

function countsOf(counts: Ending['before']): string {
  const { scopes, handlers, inFlight, timers, queued } = counts;
  return `${handlers} handlers, ${timers} timers, ${scopes} scopes, ${inFlight} handlers running, ${queued} messages waiting`;
}
