/** The context of asynchronous code, by `AsyncLocalStorage` of Node. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Cause } from '../../dispatch/cause.js';
import type { Run } from '../../dispatch/run.js';
import type { RunContext } from '../../dispatch/runtime.js';

/**
 * Runs handlers that are called later than their event was sent (queued in memory, debounced, as a task, replayed) with the contexts of every
 * `AsyncLocalStorage` at the time of sending. It also knows after an `await` which handler code belongs to, so that a handler may await the
 * end of its own scope at any time.
 *
 * On Node 20, a storage that has run once makes every promise of the process about twice as expensive.
 *
 * @example
 * container.register(events({ context: asyncContext() }));
 */
export function asyncContext(): RunContext {
  const storage = new AsyncLocalStorage<Cause<Run>>();
  return {
    current: () => storage.getStore(),
    enter: (run, action) => {
      const { snapshot } = run;
      // Whatever the handler begins keeps what is stored, also when the run has settled.
      const { asCause } = run;
      return snapshot === undefined
        ? storage.run(asCause, action, run)
        : snapshot(() => storage.run(asCause, action, run));
    },
    capture: () => AsyncLocalStorage.snapshot(),
  };
}
