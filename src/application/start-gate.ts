/** Keeps or refuses events that are sent before the application has started. */
import { CarillonError } from '../../decorators/carillon-error.js';
import type { EventKey } from '../../decorators/event-key.js';
import { eventName, shownValue } from '../../decorators/event-key.js';
import {
  type EarlyEvents,
  type EarlyVerb,
  type Runtime,
  refreshFastPath,
  runInSnapshot,
} from '../dispatch/runtime.js';

/** What happens to such events; see `beforeStart` of the application's options. */
export type BeforeStart = 'deliver' | 'keep' | 'refuse' | { readonly keep: number };

interface BufferedEvent {
  readonly event: string;
  readonly send: () => void;
}

const LIMIT = 1000;

/** Takes every emit and publish of an application while it is shut, and costs nothing once it is open. */
export class StartGate implements EarlyEvents {
  readonly #runtime: Runtime;
  readonly #mode: BeforeStart | undefined;
  readonly #limit: number;
  #kept: BufferedEvent[] = [];
  #starting = 0;

  /** @throws CarillonError `CAR7003` for an invalid mode */
  constructor(runtime: Runtime, mode: BeforeStart | undefined) {
    this.#runtime = runtime;
    this.#mode = mode;
    if (!isMode(mode)) throw modeError(mode);
    this.#limit = typeof mode === 'object' ? mode.keep : LIMIT;
    if (mode !== undefined && mode !== 'deliver') this.#shut();
  }

  /** The application begins to start. */
  begin(): void {
    this.#starting += 1;
    if (this.#mode === undefined) this.#shut();
  }

  /** The application has started: what was kept is delivered, in order. */
  succeeded(): void {
    this.#starting -= 1;
    if (this.#starting === 0) this.#open();
  }

  /** The start has failed, and may be tried again. Until then, the mode that was set goes on. */
  failed(): void {
    if (this.#mode === undefined) this.succeeded();
    else this.#starting -= 1;
  }

  /** The application has ended: what is kept is reported. */
  end(scope: string): void {
    const kept = this.#kept;
    this.#kept = [];
    this.#free();
    if (kept.length > 0) this.#runtime.report(endedError(scope, kept));
  }

  /**
   * Takes an event, to send it later.
   *
   * @throws CarillonError `CAR4013` where it is refused, `CAR4014` where too many are kept
   */
  take(verb: EarlyVerb, key: EventKey, send: () => void): void {
    this.check(verb, key);
    if (this.#kept.length >= this.#limit) throw fullError(verb, key, this.#limit);
    const snapshot = this.#runtime.context.capture?.();
    this.#kept.push({ event: eventName(key), send: () => runInSnapshot(snapshot, send) });
  }

  /** @throws CarillonError `CAR4013` where it is refused */
  check(verb: EarlyVerb, key: EventKey): void {
    if (this.#mode === 'refuse' || verb === 'emitAsync') throw refusedError(verb, key, this.#mode);
  }

  #shut(): void {
    this.#runtime.early = this;
    refreshFastPath(this.#runtime);
  }

  #free(): void {
    const runtime = this.#runtime;
    if (runtime.early === undefined) return;
    runtime.early = undefined;
    refreshFastPath(runtime);
  }

  #open(): void {
    this.#free();
    const kept = this.#kept;
    this.#kept = [];
    for (const { send } of kept) {
      try {
        send();
      } catch (error) {
        // Its caller has returned long ago.
        this.#runtime.report(error as CarillonError);
      }
    }
  }
}

function isMode(mode: unknown): boolean {
  if (mode === undefined || mode === 'deliver' || mode === 'keep' || mode === 'refuse') return true;
  if (typeof mode !== 'object' || mode === null || !('keep' in mode)) return false;
  return Number.isInteger(mode.keep) && (mode.keep as number) > 0;
}

function modeError(mode: unknown): CarillonError {
  return new CarillonError(
    'CAR7003',
    `The option beforeStart is ${shownValue(mode)}. Give 'deliver', 'keep', 'refuse', or { keep: 100 }.`,
  );
}

function refusedError(
  verb: EarlyVerb,
  key: EventKey,
  mode: BeforeStart | undefined,
): CarillonError {
  const why =
    mode === 'refuse'
      ? 'the application refuses that'
      : 'an answer cannot be kept for later: start() might wait for the class that awaits it';
  return new CarillonError(
    'CAR4013',
    `${verb} of ${eventName(key)} came before start() had finished, and ${why}. Await start() first, or say beforeStart: 'deliver'.`,
  );
}

function fullError(verb: EarlyVerb, key: EventKey, limit: number): CarillonError {
  return new CarillonError(
    'CAR4014',
    `${verb} of ${eventName(key)} was refused: ${limit} events wait for the end of start() already. Call start() earlier, or say beforeStart: { keep: ${limit * 10} }.`,
  );
}

function endedError(scope: string, kept: readonly BufferedEvent[]): CarillonError {
  const names = [...new Set(kept.map(({ event }) => event))].join(', ');
  return new CarillonError(
    'CAR3007',
    `Scope "${scope}" ended before start() had finished: ${kept.length} event(s) that were kept for it reach nobody (${names}). Call start() before you stop.`,
  );
}
