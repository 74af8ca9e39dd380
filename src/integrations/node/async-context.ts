/** The context of asynchronous code, by `AsyncLocalStorage` of Node. */
import { AsyncLocalStorage } from 'node:async_hooks';
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
  const storage = new AsyncLocalStorage<Run>();
  return {
    current: () => storage.getStore(),
    enter: (run, action) => {
      const { snapshot } = run;
      return snapshot === undefined
        ? storage.run(run, action, run)
        : snapshot(() => storage.run(run, action, run));
    },
    capture: () => AsyncLocalStorage.snapshot(),
  };
}
