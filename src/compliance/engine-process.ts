/** What a suite ends in the middle of its work: a server, and processes. */

/** A server that only the case works with, which it ends, and starts again with what was stored. */
export interface EngineServer {
  /** Ends it in order, as for an update. */
  stop(): Promise<void>;
  /** Ends it as `kill -9` does. */
  kill(): Promise<void>;
  /** Resolves once it takes connections again. */
  start(): Promise<void>;
}

/** A process on the engine of the case. */
export interface EngineProcess {
  /** Ends it as `kill -9` does, and resolves once it has ended. */
  kill(): Promise<void>;
}
