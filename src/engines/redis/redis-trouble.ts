/** What is wrong with a Redis server: told without what was sent to it, and once for each state. */
import { CarillonError } from '../../../decorators/carillon-error.js';
import { queueTrouble } from '../queue-trouble.js';

/** States of a server in which it takes no writes. */
const STATES: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([
  ['READONLY', 'may not write: its server is a read-only replica.'],
  [
    'OOM',
    'has no room: the memory of its server is full. Taking a message out needs memory too: give the server more.',
  ],
  [
    'EXECABORT',
    'was refused: its server has discarded the transaction, as it does with a full memory.',
  ],
  ['MISCONF', 'may not write: its server cannot save to its disk.'],
  ['NOREPLICAS', 'may not write: its server has too few replicas.'],
  ['LOADING', 'has to wait: its server is still loading its data.'],
  ['MASTERDOWN', 'may not write: its server has lost its master.'],
  ['CLUSTERDOWN', 'may not write: its cluster is down.'],
]);

/** The word by which a reply tells the state of the server, if it does. */
function stateOf(error: unknown): string | undefined {
  const [, word = ''] = /^(?:ERR )?([A-Z]+)\b/.exec(messageOf(error)) ?? [];
  return STATES.has(word) ? word : undefined;
}

/** Whether the server has refused a command by its state: a single one has stored nothing then. */
export function isRefusal(error: unknown): boolean {
  return stateOf(error) !== undefined;
}

/** A copy without the command, which the client adds to an error with all its arguments. */
export function safeError(error: unknown): Error {
  const { name, stack, code } = (error ?? {}) as Partial<ClientError>;
  const copy = new Error(messageOf(error));
  if (name !== undefined) copy.name = name;
  if (stack !== undefined) copy.stack = stack;
  return typeof code === 'string' ? Object.assign(copy, { code }) : copy;
}

/** Why a connection failed, as a sentence. */
export function explainConnection(error: unknown): string {
  const message = messageOf(error);
  const code = codeOf(error);
  if (/^(?:WRONGPASS|NOAUTH|NOPERM|ERR (?:AUTH|invalid password))/.test(message))
    return 'The server refuses the user or the password.';
  if (code === undefined) return `${message}.`;
  if (code === 'ECONNREFUSED') return `Nothing listens there: ${message}.`;
  if (code === 'ENOTFOUND') return `Its host is not known: ${message}.`;
  if (/CERT|SIGNATURE|ISSUER|ALTNAME/.test(code))
    return `The certificate of the server is not trusted: ${message} (${code}).`;
  return `${message} (${code}).`;
}

interface ClientError extends Error {
  readonly code: unknown;
  /** Of all addresses of a host. */
  readonly errors: unknown;
}

function messageOf(error: unknown): string {
  const { message, errors } = (error ?? {}) as Partial<ClientError>;
  if (message === '' && Array.isArray(errors)) return errors.map(messageOf).join(', ');
  return message ?? String(error);
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as Partial<ClientError>;
  return typeof code === 'string' ? code : undefined;
}

/** The states of a server that were told, and are not over. */
export class StatesOnce {
  readonly #told = new Set<string>();

  /** The server has done what it was asked: whatever state comes now is a new one. */
  recovered(): void {
    this.#told.clear();
  }

  /** Whether the error tells of a state for the first time, or of none. */
  isNew(error: unknown): boolean {
    const kind = stateOf(error) ?? codeOf(error);
    if (kind === undefined) return true;
    if (this.#told.has(kind)) return false;
    this.#told.add(kind);
    return true;
  }
}

/** Tells errors of one queue, each state of the server once until it is over. */
export class RedisTrouble {
  readonly #name: string;
  readonly #report: (error: CarillonError) => void;
  readonly #states = new StatesOnce();
  /** Whether no other queue on the same connections has told of that loss. */
  isNewLoss: (error: unknown) => boolean = () => true;

  constructor(queue: string, report: (error: CarillonError) => void) {
    this.#name = `"${queue}" on redis`;
    this.#report = report;
  }

  /** The server has done what it was asked: whatever state comes now is a new one. */
  recovered(): void {
    this.#states.recovered();
  }

  /** @param what what to say where the server tells no state */
  report(error: unknown, what: string): void {
    const isOfServer = stateOf(error) !== undefined;
    if (this.#states.isNew(error) && (isOfServer || this.isNewLoss(error)))
      this.#report(this.error(error, what));
  }

  error(error: unknown, what: string): CarillonError {
    const said = STATES.get(stateOf(error) ?? '');
    return queueTrouble(this.#name, said ?? what, safeError(error));
  }

  /** Settles as the action does, or with an error that shows nothing of what was sent. */
  async told<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw error instanceof CarillonError
        ? error
        : this.error(error, 'did not do what it was asked. See the cause.');
    }
  }
}
