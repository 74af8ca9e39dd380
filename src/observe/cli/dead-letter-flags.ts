/** The flags that select dead letters. */
import type { ArgsDef } from 'citty';
import type { DeadLetter, DeadLetterFilter, DeathReason } from '../../queue/queue-provider.js';
import { wrongUsage } from './command-error.js';

export const FILTER_ARGS = {
  id: { type: 'string', description: 'The one with this id', valueHint: 'id' },
  event: { type: 'string', description: 'Those of this event', valueHint: 'name' },
  handler: {
    type: 'string',
    description: 'Those for this handler, by its stored id',
    valueHint: 'id',
  },
  reason: { type: 'string', description: 'Why they were given up', valueHint: 'reason' },
  error: {
    type: 'string',
    description: "The error's name or code, or a part of its message",
    valueHint: 'text',
  },
  since: { type: 'string', description: 'Given up at or after this time', valueHint: 'date' },
  before: { type: 'string', description: 'Given up before this time', valueHint: 'date' },
  limit: {
    type: 'string',
    description: 'The largest number of them, the oldest first',
    valueHint: 'n',
  },
} as const satisfies ArgsDef;

/** Those flags, as they were given. */
export type FilterFlags = { readonly [Name in keyof typeof FILTER_ARGS]?: string | undefined };

const REASONS: readonly DeathReason[] = [
  'failed',
  'unreadable',
  'unknown handler',
  'absent handler',
  'expired',
  'killed its worker',
];

/** @throws CommandError `CAR7061` for a value that a flag does not take */
export function filterOf(flags: FilterFlags): DeadLetterFilter {
  const { id, event, handler, error } = flags;
  const reason = reasonOf(flags.reason);
  const since = dateOf('since', flags.since);
  const before = dateOf('before', flags.before);
  const limit = limitOf(flags.limit);
  return {
    ...(id !== undefined && { ids: [id] }),
    ...(event !== undefined && { event }),
    ...(handler !== undefined && { handler }),
    ...(error !== undefined && { error }),
    ...(reason !== undefined && { reason }),
    ...(since !== undefined && { since }),
    ...(before !== undefined && { before }),
    ...(limit !== undefined && { limit }),
  };
}

/** One dead letter in a line, without its payload. */
export function letterText({
  id,
  event,
  handler,
  reason,
  failure,
  attempt,
  diedAt,
}: DeadLetter): string {
  const who = handler === undefined ? event : `${event} for ${handler}`;
  return `${id}  ${diedAt.toISOString()}  ${who}, ${reason} after ${attempt} attempt(s): ${failure.name}: ${failure.message}`;
}

/** The same for programs; what it holds stays where it is. */
export function letterJson({
  body: _,
  failure: { name, message, code },
  ...letter
}: DeadLetter): object {
  return { ...letter, failure: { name, message, code } };
}

function reasonOf(value: string | undefined): DeathReason | undefined {
  if (value === undefined) return undefined;
  const reason = REASONS.find((known) => known === value);
  if (reason === undefined)
    throw wrongUsage(`--reason is ${JSON.stringify(value)}. Give one of ${REASONS.join(', ')}.`);
  return reason;
}

function dateOf(flag: string, value: string | undefined): Date | undefined {
  if (value === undefined) return undefined;
  const date = new Date(value);
  if (Number.isNaN(date.getTime()))
    throw wrongUsage(
      `--${flag} is ${JSON.stringify(value)}. Give a date such as 2026-01-31T12:00:00Z.`,
    );
  return date;
}

function limitOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const limit = Number(value);
  if (!Number.isInteger(limit) || limit < 1)
    throw wrongUsage(`--limit is ${JSON.stringify(value)}. Give a whole number, 1 or more.`);
  return limit;
}
