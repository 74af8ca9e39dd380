/** Where a command writes: data to the standard output, all else to the standard error; colours only for a terminal. */
import { stripVTControlCharacters } from 'node:util';
import { createColors } from 'picocolors';

/** One run of a command. */
export interface Console {
  /** The command's result, for people. */
  text(line: string): void;
  /** The command's result, for programs. */
  json(value: unknown): void;
  /** Progress and remarks. */
  note(line: string): void;
  readonly colors: Colors;
}

/** What is shown how. */
export type Colors = ReturnType<typeof createColors>;

/** The console of this process. */
export function processConsole(env: NodeJS.ProcessEnv = process.env): Console {
  return {
    text: (line) => void process.stdout.write(`${line}\n`),
    json: (value) => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
    colors: createColors(hasColors(process.stdout, env)),
  };
}

/** Whether colours may be shown there. */
export function hasColors(
  stream: { readonly isTTY?: boolean },
  { NO_COLOR, CI, TERM }: NodeJS.ProcessEnv,
): boolean {
  const isOff = [NO_COLOR, CI].some((value) => value !== undefined && value !== '');
  return stream.isTTY === true && !isOff && TERM !== 'dumb';
}

/** A text that has colours of its own, as it may be shown. */
export function shownText(text: string, { isColorSupported }: Colors): string {
  return isColorSupported ? text : stripVTControlCharacters(text);
}

/** Resolves once everything written has left the process: a pipe takes its time. */
export async function flushed(): Promise<void> {
  const streams = [process.stdout, process.stderr];
  await Promise.all(
    streams.map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))),
  );
}
