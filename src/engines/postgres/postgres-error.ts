/** Errors of the client without what they must not show: the address with its password, and rows with their payloads. */

/** What an error of the client, of a library on top of it, or of the platform may have. */
interface ErrorOfClient {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly severity?: unknown;
  /** Of TypeORM, of Drizzle, and of Sequelize. */
  readonly driverError?: unknown;
  readonly cause?: unknown;
  readonly original?: unknown;
}

/** What became of the statement that failed. */
export type Effect = 'none' | 'unknown';

/** An error of PostgreSQL or of its client: its text and its code, and nothing else. */
export class PostgresError extends Error {
  override readonly name = 'PostgresError';

  /**
   * @param code an SQLSTATE, or a code of Node.js
   * @param effect whether the statement surely has changed nothing
   */
  constructor(
    message: string,
    readonly code: string | undefined,
    readonly effect: Effect,
  ) {
    super(message);
  }
}

/** Classes of SQLSTATE that end by themselves: connections, transactions, resources, operators, the system. */
const PASSING = /^(?:08|25|40|53|55|57|58)/;
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** A server that says ERROR has rolled back; after FATAL, or without an answer, nobody knows. */
export function withoutSecrets(error: unknown, effect: Effect = 'unknown'): PostgresError {
  if (error instanceof PostgresError) return error;
  const { message, code, severity } = serverErrorOf(error) ?? clientErrorOf(error);
  const isRolledBack = severity === 'ERROR' && code !== '40003';
  return new PostgresError(
    typeof message === 'string' && message !== '' ? message : 'no answer',
    typeof code === 'string' ? code : undefined,
    isRolledBack ? 'none' : effect,
  );
}

/** Whether the same statement may succeed later. */
export function isPassing({ code = '' }: PostgresError): boolean {
  return !SQLSTATE.test(code) || PASSING.test(code);
}

/** That of Drizzle has the values of the statement in its text; the error of the client is its cause. */
function clientErrorOf(error: unknown): ErrorOfClient {
  const found = (error ?? {}) as ErrorOfClient & { readonly params?: unknown };
  return found.params === undefined ? found : ((found.cause ?? {}) as ErrorOfClient);
}

/** Libraries put the error of the server into theirs. */
function serverErrorOf(error: unknown, depth = 0): ErrorOfClient | undefined {
  if (typeof error !== 'object' || error === null || depth > 3) return undefined;
  const { code, severity, driverError, cause, original } = error as ErrorOfClient;
  if (typeof severity === 'string' && SQLSTATE.test(String(code))) return error;
  for (const inner of [driverError, cause, original]) {
    const found = serverErrorOf(inner, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
