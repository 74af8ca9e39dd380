/** The context of asynchronous code, by Node's `AsyncLocalStorage`. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Run } from '../../dispatch/run.js';
import type { RunContext } from '../../dispatch/runtime.js';

/**
 * Keeps the contexts of every `AsyncLocalStorage` of the program for handlers that run later than they were called: in a queue of
 * memory, debounced, as a task, replayed. And knows the handler that code belongs to also after an `await`, so that a handler may
 * await the end of its own scope at any time.
 *
 * It has a price: on Node 20, a storage that has run once makes every promise of the process cost about twice as much.
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
