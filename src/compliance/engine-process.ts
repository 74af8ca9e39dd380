/** What a suite ends in the middle of its work: servers and processes. */

/** A server for one case, which ends it and starts it again with what was stored. */
export interface EngineServer {
  /** Shuts it down in order, as for an update. */
  stop(): Promise<void>;
  /** Ends it as `kill -9` does. */
  kill(): Promise<void>;
  /** Resolves once it accepts connections again. */
  start(): Promise<void>;
}

/** A process on the engine of the case. */
export interface EngineProcess {
  /** Ends it as `kill -9` does, and resolves once it has ended. */
  kill(): Promise<void>;
}
