/** What the dashboard reads of queues, and does to them. */
import type { Application } from '../../application/application.js';
import { isPlainObject } from '../../events/payload-reader.js';
import type { DeadMessage } from '../../queue/backend.js';
import type { DeadLetterFilter } from '../../queue/queue-provider.js';
import { type Redact, shownPayload } from './shown-payload.js';

/** A command that was carried out, or failed: a line of the audit log. */
export interface DashboardCommand {
  /** When it began. */
  readonly time: Date;
  /** What was asked for. */
  readonly command: 'retry' | 'drop' | 'edit' | 'pause' | 'resume';
  /** The queue that it was for. */
  readonly queue: string;
  /** Which dead letters: their ids, or the filter. */
  readonly which: string | DeadLetterFilter | undefined;
  /** In the words of who did it. */
  readonly reason: string;
  /** How many dead letters it concerned. */
  readonly count: number;
  /** The code or the name of the error. */
  readonly error?: string;
}

const COMMANDS: readonly DashboardCommand['command'][] = [
  'retry',
  'drop',
  'edit',
  'pause',
  'resume',
];

/** Whether it is the name of a command: a part of a path may be any text. */
export function isCommand(text: string | undefined): text is DashboardCommand['command'] {
  return (COMMANDS as readonly unknown[]).includes(text);
}

/** The most dead letters that one look shows. */
const MOST_LETTERS = 200;

export class QueueCommands {
  readonly #application: Application;
  readonly #redact: Redact | undefined;

  constructor(application: Application, redact: Redact | undefined) {
    this.#application = application;
    this.#redact = redact;
  }

  /** The counts of each queue; an engine that does not answer has none. */
  async list(names: readonly string[]): Promise<unknown[]> {
    const { queue } = this.#application;
    return Promise.all(
      names.map(async (name) => {
        try {
          return { name, counts: await queue.counts(name) };
        } catch (error) {
          return { name, error: (error as { code?: unknown }).code ?? 'error' };
        }
      }),
    );
  }

  async deadLetters(name: string): Promise<unknown[]> {
    const letters = await this.#application.queue.deadLetters(name).list({ limit: MOST_LETTERS });
    return letters.map(withoutText);
  }

  /** One of them with its payload, as far as that may be shown. */
  async inspect(name: string, id: string): Promise<unknown> {
    const {
      payload,
      body: _,
      ...letter
    } = await this.#application.queue.deadLetters(name).inspect(id);
    return { ...withoutText(letter), payload: shownPayload(payload, letter.event, this.#redact) };
  }

  /** @returns how many dead letters it concerned */
  async run(
    command: DashboardCommand['command'],
    name: string,
    given: CommandBody,
  ): Promise<number> {
    const { queue } = this.#application;
    const { which = {} } = given;
    switch (command) {
      case 'retry':
        return queue.deadLetters(name).retry(which);
      case 'drop':
        return queue.deadLetters(name).drop(which);
      case 'edit':
        await queue.deadLetters(name).edit(String(which), given.payload);
        return 1;
      case 'pause':
        queue.pause(name);
        return 0;
      case 'resume':
        queue.resume(name);
        return 0;
    }
  }
}

/** The message and the stack of an error may hold a payload. */
function withoutText({ failure: { name, code }, ...letter }: DeadMessage): object {
  return { ...letter, failure: { name, code } };
}

/** What comes with a command. */
export interface CommandBody {
  readonly which?: string | DeadLetterFilter;
  readonly reason: string;
  readonly payload?: unknown;
}

/** `undefined` for what is no command. A command for dead letters says which: a filter that was forgotten would mean all of them. */
export function readCommand(
  command: DashboardCommand['command'],
  text: string,
): CommandBody | undefined {
  const body: unknown = text === '' ? undefined : parse(text);
  if (!isPlainObject(body)) return undefined;
  const { which, reason, payload } = body as { [name: string]: unknown };
  if (typeof reason !== 'string' || reason.trim() === '') return undefined;
  if (which === undefined && command !== 'pause' && command !== 'resume') return undefined;
  if (which !== undefined && typeof which !== 'string' && !isPlainObject(which)) return undefined;
  return {
    ...(which === undefined ? {} : { which: which as string | DeadLetterFilter }),
    reason,
    payload,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
