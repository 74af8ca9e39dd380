/** Reads a ledger: one line for each step, such as `accepted 7` and `done 7`. */
import { report } from './suite.js';

/** The numbers of the messages with such a line. */
export function linesOf(ledger: readonly string[], what: string): string[] {
  return ledger
    .filter((line) => line.startsWith(`${what} `))
    .map((line) => line.slice(what.length + 1));
}

export function accepted(ledger: readonly string[]): string[] {
  return linesOf(ledger, 'accepted');
}

export function done(ledger: readonly string[]): string[] {
  return linesOf(ledger, 'done');
}

/** Which of the promised messages were never done. */
export function lost(ledger: readonly string[], promised: readonly string[]): string[] {
  const finished = new Set(done(ledger));
  return promised.filter((n) => !finished.has(n));
}

/** How many were done more than once. */
export function repeated(ledger: readonly string[]): number {
  return done(ledger).length - new Set(done(ledger)).size;
}

/** What came of a kill. */
export interface KillReport {
  readonly suite: string;
  /** What was killed, such as `'a process that defers'`. */
  readonly killed: string;
  readonly ledger: readonly string[];
  /** The numbers that were accepted. */
  readonly promised: readonly string[];
  /** How many messages were in progress at a kill. */
  readonly inProgress: number;
}

/** Prints it for tools/compliance.mjs: `lost` has to be 0, and `repeated` at most what was in progress. */
export function reportKill({ suite, killed, ledger, promised, inProgress }: KillReport): void {
  const numbers = `accepted ${promised.length}, lost ${lost(ledger, promised).length}, repeated ${repeated(ledger)} of at most ${inProgress}`;
  report(`${suite}: killed ${killed}: ${numbers}`);
}
