/** Graceful shutdown by close-with-grace: on a signal, the process exits once its accepted work is done or has been returned. */
import closeWithGrace from 'close-with-grace';
import type { DisposalReport } from '../../scope/disposal-report.js';
import type { DisposeOptions } from '../../scope/scope-options.js';

/** How a process shuts down. */
export interface ShutdownOptions {
  /** How many milliseconds the application has to finish its work. Default 5000. */
  readonly drain?: number;
  /** After how many milliseconds the process exits in any case, with code 1. Default the drain time plus 10,000. */
  readonly limit?: number;
  /** Runs before the application ends. Use it to stop taking requests and to wait for those in progress. */
  readonly before?: () => void | Promise<void>;
  /** Receives the report of the end before the process exits. */
  readonly onStopped?: (report: DisposalReport) => void;
  /** Receives an uncaught error, which also ends the process, with code 1. Default prints it. */
  readonly onError?: (error: Error) => void;
}

/** Controls what {@link stopOnSignals} has installed. */
export interface Shutdown {
  /** Ends the process as a signal does. */
  close(): void;
  /** Stops listening to signals. */
  uninstall(): void;
}

/** Milliseconds for the end after the drain time: signals are aborted and engines closed. */
const REST = 10_000;

/**
 * Ends the application before the process exits: on SIGTERM, SIGINT and similar signals, on an uncaught error, or when the event loop is
 * empty. A second signal ends the process at once.
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
