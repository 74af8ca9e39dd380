/** What follows asynchronous code over its awaits, where the platform has it. */

/** A value for all that an action begins. */
export interface AsyncStorage<T> {
  getStore(): T | undefined;
  run<R>(value: T, action: () => R): R;
}

/** Runs an action in a context of before. */
export type InContext = <R>(action: () => R) => R;

interface AsyncStorages {
  new <T>(): AsyncStorage<T>;
  snapshot(): InContext;
}

interface Platform {
  readonly process?: {
    getBuiltinModule?(name: string): { readonly AsyncLocalStorage: AsyncStorages } | undefined;
  };
}

/** `undefined` where the platform has none, such as a browser. */
export function asyncStorage<T>(): AsyncStorage<T> | undefined {
  const Storage = storages();
  return Storage && new Storage<T>();
}

/** Keeps the asynchronous context at hand. */
export function contextOfNow(): InContext {
  return storages()?.snapshot() ?? ((action) => action());
}

/** Asked for when it is needed, and not imported: a browser has none. */
function storages(): AsyncStorages | undefined {
  const { process } = globalThis as Platform;
  return process?.getBuiltinModule?.('node:async_hooks')?.AsyncLocalStorage;
}
