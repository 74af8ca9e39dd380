/** Tables that read well on a console and in Markdown. */
import { median } from './measure.mjs';

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows the first cell of each is its title
 */
export function table(head, rows) {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [head, rule, ...rows].map((cells) => line(cells, widths)).join('\n');
}

/** @param {readonly number[]} rounds nanoseconds */
export function medianTime(rounds) {
  return duration(median(rounds));
}

/**
 * The median of the ratios within each round: what slowed the machine in a round slowed both.
 *
 * @param {readonly number[]} rounds
 * @param {readonly number[]} baseline
 */
export function medianRatio(rounds, baseline) {
  const value = median(rounds.map((time, round) => time / (baseline[round] ?? Number.NaN)));
  return `${value.toFixed(value < 10 ? 2 : 0)}×`;
}

/**
 * The median of the differences within each round.
 *
 * @param {readonly number[]} rounds
 * @param {readonly number[]} baseline
 */
export function medianDifference(rounds, baseline) {
  const value = median(rounds.map((time, round) => time - (baseline[round] ?? Number.NaN)));
  return `${value < 0 ? '' : '+'}${value.toFixed(1)} ns`;
}

/** @param {number} nanoseconds */
function duration(nanoseconds) {
  if (nanoseconds >= 10_000) return `${(nanoseconds / 1000).toFixed(1)} µs`;
  return `${nanoseconds.toFixed(nanoseconds < 100 ? 1 : 0)} ns`;
}

/**
 * @param {readonly string[]} cells
 * @param {readonly number[]} widths
 */
function line(cells, widths) {
  const padded = widths.map((width, column) => {
    const cell = cells[column] ?? '';
    return column === 0 ? cell.padEnd(width) : cell.padStart(width);
  });
  return `| ${padded.join(' | ')} |`;
}
