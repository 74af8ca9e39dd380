/** Templates without a compiler. */
import htm from 'htm';
import { type ComponentChildren, h } from 'preact';

/** What a view draws. */
export type Drawn = ComponentChildren;

export const html = htm.bind(h);

/** A number of milliseconds for people. */
export function duration(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return '';
  if (milliseconds < 1) return `${Math.round(milliseconds * 1000)} µs`;
  if (milliseconds < 1000) return `${milliseconds.toFixed(1)} ms`;
  const seconds = milliseconds / 1000;
  return seconds < 120 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
}

export const clockTime = (time: number): string => new Date(time).toISOString().slice(11, 23);
