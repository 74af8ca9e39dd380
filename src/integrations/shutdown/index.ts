/** The end of a process by a signal, by close-with-grace: it exits once everything that was accepted is done, or has been given back. */
import closeWithGrace from 'close-with-grace';
import type { DisposalReport } from '../../scope/disposal-report.js';
import type { DisposeOptions } from '../../scope/scope-options.js';

/** How a process ends. */
export interface ShutdownOptions {
  /** Milliseconds for the application to end. Default 5000. */
  readonly drain?: number;
  /** Milliseconds after which the process exits in any case, with code 1. Default the drain time and ten seconds. */
  readonly limit?: number;
  /** Runs before the application ends: takes no new requests, and waits for those under way. */
  readonly before?: () => void | Promise<void>;
  /** Told what the end did, before the process exits. */
  readonly onStopped?: (report: DisposalReport) => void;
  /** Gets an uncaught error, by which the process ends as well, with code 1. Default prints it. */
  readonly onError?: (error: Error) => void;
}

/** What {@link stopOnSignals} gives. */
export interface Shutdown {
  /** Ends the process as a signal does. */
  close(): void;
  /** Listens to signals no longer. */
  uninstall(): void;
}

/** What the rest of an end takes: signals are aborted, engines let go of. */
const REST = 10_000;

/**
 * Ends the application when the process is asked to end: by SIGTERM, SIGINT and their like, by an uncaught error, or because nothing is
 * left to do. A second signal ends it at once.
 *
 * @param stop ends the application
 * @example
 * import { stop } from 'carillon/inversify';
 *
 * stopOnSignals((options) => stop(container, options), { drain: 10_000, before: () => server.close() });
 */
export function stopOnSignals(
  stop: (options: DisposeOptions) => Promise<DisposalReport>,
  { drain = 5000, limit = drain + REST, before, onStopped, onError = print }: ShutdownOptions = {},
): Shutdown {
  return closeWithGrace({ delay: limit }, async ({ err }) => {
    if (err !== undefined) onError(err);
    try {
      await before?.();
    } finally {
      onStopped?.(await stop({ drain }));
    }
  });
}

function print(error: Error): void {
  process.stderr.write(`${error.stack}\n`);
}
