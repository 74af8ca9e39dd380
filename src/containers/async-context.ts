/** Lets a handler be known to the code it calls also after an `await`, where the platform can: Node can, a browser cannot. */
import type { RunContext } from '../dispatch/handler-owner.js';
import type { Run } from '../dispatch/run.js';

interface Storage {
  run<T>(run: Run, action: () => T): T;
  getStore(): Run | undefined;
}

interface AsyncHooks {
  AsyncLocalStorage: new () => Storage;
}

/** The platform's own context; `undefined` where there is none. */
export function asyncContext(): RunContext | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(id: string): AsyncHooks | undefined } };
  const hooks = process?.getBuiltinModule?.('node:async_hooks');
  if (hooks === undefined) return undefined;
  const storage = new hooks.AsyncLocalStorage();
  return {
    current: () => storage.getStore(),
    enter: (run, action) => storage.run(run, () => action(run)),
  };
}
