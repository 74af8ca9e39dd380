/** Messages of one lane that a worker has in hand in a SQLite file: its front is in progress, the others are behind it. Each method is one step in a transaction of the caller, and may be repeated after a rollback. */
import type Database from 'libsql';
import type { Lane, Lanes } from './lanes.js';
import type { SqliteMessage } from './message-claims.js';
import type { Statements } from './statements.js';

/** Matches nothing once another worker has the message. */
const MINE = `seq = ? AND owner = ? AND given = ? AND state IN ('active', 'behind')`;
const DONE = doneSql(`state IN ('active', 'behind')`);
/** One that waits has come forward since: of the writes that were repeated, the one before has not seen it in hand. */
const GIVE_BACK = `UPDATE carillon_message SET state = iif(state = 'active', 'waiting', state), owner = NULL, attempt = attempt - 1
  WHERE seq = ? AND owner = ? AND given = ? AND state IN ('active', 'behind', 'waiting')`;
const FIND = `SELECT 1 FROM carillon_message WHERE ${MINE}`;
const RENEW = 'UPDATE carillon_message SET due = ? WHERE seq = ?';

/** What is asked of a message that somebody has found. */
interface FoundMessage {
  readonly state: string;
  readonly key: string | null;
  readonly handler: string | null;
  readonly owner: string | null;
}

export class MessagesInHand {
  readonly #statements: Statements;
  readonly #lanes: Lanes;

  constructor(statements: Statements, lanes: Lanes) {
    this.#statements = statements;
    this.#lanes = lanes;
  }

  /** Stores that messages are done, of whatever lanes; the first that is left of each is in progress from then on. */
  finish(messages: readonly SqliteMessage[], lease: number): void {
    for (const inHand of new Set(messages.map((message) => message.inHand))) {
      if (inHand === undefined) continue;
      const done = messages.filter((message) => message.inHand === inHand);
      for (const message of done) inHand.delete(message);
      const [next] = inHand;
      this.#finish(done, next, lease);
    }
  }

  /** They are of one lane, and have not begun: no attempt is counted. */
  giveBack(messages: readonly SqliteMessage[]): void {
    const [first] = messages;
    if (first?.lane === undefined) return;
    const wasFront = this.#lanes.frontOf(first.owner, first.lane) === first.seq;
    for (const message of messages) {
      message.inHand?.delete(message);
      this.#statements.run(GIVE_BACK, message.seq, message.owner, message.delivery);
    }
    if (wasFront) this.#lanes.arrange(first.lane);
  }

  /** Extends the lease of the lane's front, which is that of all. Returns whether the message is still in hand. */
  renew({ seq, owner, delivery, lane }: SqliteMessage, until: number): boolean {
    if (lane === undefined) return false;
    const own = this.#statements.get(FIND).get([seq, owner, delivery]);
    const front = this.#lanes.frontOf(owner, lane);
    if (own === undefined || front === undefined) return false;
    return this.#statements.run(RENEW, until, front);
  }

  /** Whether a worker has it in hand behind another one. */
  has({ state, key, handler, owner }: FoundMessage): boolean {
    if (state !== 'behind' || owner === null || key === null) return false;
    return this.#lanes.frontOf(owner, { key, handler }) !== undefined;
  }

  /** Nothing changes where the lane is another worker's by now. */
  #finish(done: readonly SqliteMessage[], next: SqliteMessage | undefined, lease: number): void {
    const [{ owner, lane }] = done as readonly [SqliteMessage & { readonly lane: Lane }];
    const front = this.#lanes.frontOf(owner, lane);
    if (front === undefined) return;
    const now = Date.now();
    if (!changedBy(this.#statements.arrays(DONE), done, now).has(front)) return;
    if (next === undefined || !this.#lanes.advance(next, now + lease)) this.#lanes.promote(lane);
  }
}

/** Makes messages done that are as the condition says, and returns their places. */
export function doneSql(condition: string): string {
  return `UPDATE carillon_message SET state = 'done', progress = 1, due = ? FROM json_each(?) AS done
    WHERE seq = CAST(done.key AS INTEGER) AND given = done.value AND owner = ? AND ${condition} RETURNING seq`;
}

/** The places of those that were still their worker's. They are of one owner. */
export function changedBy(
  statement: Database.Statement,
  messages: readonly SqliteMessage[],
  now: number,
): ReadonlySet<number> {
  // A worker that had lost a message may have got it again: the last delivery counts.
  const inTurn = [...messages].sort((one, other) => one.delivery - other.delivery);
  const done = Object.fromEntries(inTurn.map(({ seq, delivery }) => [seq, delivery]));
  const changed = statement.all([now, JSON.stringify(done), messages[0]?.owner ?? '']) as [
    number,
  ][];
  return new Set(changed.map(([seq]) => seq));
}
