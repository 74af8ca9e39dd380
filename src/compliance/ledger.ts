/** A ledger: one line for each thing that was done, such as `accepted 7` and `done 7`. */
import { report } from './suite.js';

/** The numbers of the messages of which it says that. */
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

/** What of that was never done. */
export function lost(ledger: readonly string[], promised: readonly string[]): string[] {
  const finished = new Set(done(ledger));
  return promised.filter((n) => !finished.has(n));
}

/** How much was done more than once. */
export function repeated(ledger: readonly string[]): number {
  return done(ledger).length - new Set(done(ledger)).size;
}

/** Prints what came of a kill, which tools/compliance.mjs reads: `lost` has to be 0, and `repeated` no more than what was `inWork`. */
export function reportKill(
  suite: string,
  killed: string,
  ledger: readonly string[],
  promised: readonly string[],
  inWork: number,
): void {
  const numbers = `accepted ${promised.length}, lost ${lost(ledger, promised).length}, repeated ${repeated(ledger)} of at most ${inWork}`;
  report(`${suite}: killed ${killed}: ${numbers}`);
}
