/** Graceful shutdown by close-with-grace: on a signal, the process exits once its accepted work is done or has been returned. */
import closeWithGrace from 'close-with-grace';
import {
  callback,
  checkOptions,
  LONGEST_TIMER,
  type OptionShape,
} from '../../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../../decorators/duration.js';
import type { DisposalReport } from '../../scope/disposal-report.js';
import type { DisposeOptions } from '../../scope/scope-options.js';

/** How a process shuts down. */
export interface ShutdownOptions {
  /** How long the application may take to finish its work. Default `'5s'`. */
  readonly drain?: Duration;
  /** The time after which the process exits in any case, with code 1; `Infinity` for never. Default the drain time plus ten seconds. */
  readonly exitAfter?: Duration;
  /** Runs before the application ends. Use it to stop taking requests and to wait for those in progress. */
  readonly before?: () => void | Promise<void>;
  /** Receives the report of the end before the process exits. */
  readonly onStopped?: (report: DisposalReport) => void;
  /** Receives an uncaught error, which also ends the process, with code 1. Default prints it. */
  readonly onError?: (error: Error) => void;
}

const SHUTDOWN: OptionShape<ShutdownOptions> = /* @__PURE__ */ (() => ({
  drain: duration({ unlimited: true }),
  exitAfter: duration({ above: 0, unlimited: true }),
  before: callback(),
  onStopped: callback(),
  onError: callback(),
}))();

/** Controls what {@link stopOnSignals} has installed. */
export interface Shutdown {
  /** Ends the process as a signal does. */
  close(): void;
  /** Stops listening to signals. */
  uninstall(): void;
}

/** Milliseconds for the end after the drain time: signals are aborted and engines closed. */
const REST = 10_000;

/** Those that ask a process to end. */
const ASKING = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR2', 'SIGABRT', 'SIGTRAP'] as const;

/** Raised by faults of the processor and of memory, after which no handler may run: Node.js may hang in it, and Deno refuses to listen. */
const FAULTS = ['SIGBUS', 'SIGFPE', 'SIGILL', 'SIGSEGV'] as const;

/** Of close-with-grace, which begins to listen for the second signal while the first one is delivered: Deno gives it the first one. */
const SKIPPED = [...ASKING, ...FAULTS];

/**
 * Ends the application before the process exits: on SIGTERM, SIGINT and similar signals, on an uncaught error, or when the event loop is
 * empty. A second signal ends the process at once.
 *
 * @param stop ends the application
 * @throws CarillonError `CAR7001` for options that are wrong
 * @example
 * import { stop } from 'carillon/inversify';
 *
 * stopOnSignals((options) => stop(container, options), { drain: '10s', before: () => server.close() });
 */
export function stopOnSignals(
  stop: (options: DisposeOptions) => Promise<DisposalReport>,
  options: ShutdownOptions = {},
): Shutdown {
  checkOptions('CAR7001', 'stopOnSignals()', SHUTDOWN, options);
  const { drain = 5000, before, onStopped, onError = print } = options;
  const delay = milliseconds(options.exitAfter ?? milliseconds(drain) + REST);
  const settings = { delay: delay <= LONGEST_TIMER ? delay : null, skip: SKIPPED };
  let isEnding = false;
  const { close, uninstall } = closeWithGrace(settings, async ({ err }) => {
    isEnding = true;
    if (err !== undefined) onError(err);
    try {
      await before?.();
    } finally {
      const report = await stop({ drain });
      onStopped?.(report);
    }
  });
  const ignore = listen((signal) => (isEnding ? exitAtOnce(signal) : close()));
  return {
    close,
    uninstall: () => {
      uninstall();
      ignore();
    },
  };
}

/** @returns what stops listening */
function listen(onSignal: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of ASKING) process.on(signal, onSignal);
  return () => {
    for (const signal of ASKING) process.off(signal, onSignal);
  };
}

function exitAtOnce(signal: NodeJS.Signals): never {
  process.stderr.write(`second ${signal}, exiting\n`);
  process.exit(1);
}

function print(error: Error): void {
  process.stderr.write(`${error.stack}\n`);
}
