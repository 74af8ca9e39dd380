/** The log of the application: how often each caller was answered with each status. */
import { Subscribe } from 'carillon';
import { injectable } from 'inversify';
import { Answered } from './found.js';

@injectable()
export class AccessLog {
  readonly #counts = new Map<string, number>();

  @Subscribe(Answered)
  count({ status, user }: Answered): void {
    const line = `${status} ${user}`;
    this.#counts.set(line, (this.#counts.get(line) ?? 0) + 1);
  }

  /** As `200 ann`, with how often. */
  get lines(): readonly (readonly [line: string, count: number])[] {
    return [...this.#counts].sort(([a], [b]) => a.localeCompare(b));
  }

  /** How many answers had that status. */
  answers(status: number): number {
    return this.lines.reduce(
      (sum, [line, count]) => sum + (line.startsWith(`${status} `) ? count : 0),
      0,
    );
  }
}
