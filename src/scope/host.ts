/** How a container's application is found by what knows no container's adapter. */
import type { Handler } from '../dispatch/handler.js';
import type { Scope } from './scope.js';

/** The property by which a container knows its own host, also after it was emptied. */
export const HOST = Symbol.for('carillon.host');

/** One container's part of an application. */
export interface ScopeHost {
  readonly scope: Scope;
  readonly application: {
    /** The scope at the top. */
    readonly scope: Scope;
    /** Every handler that has not ended. */
    handlers(): readonly Handler[];
    readonly queue: {
      undone(): Promise<
        readonly { readonly queue: string; readonly waiting: number; readonly delayed: number; readonly active: number }[]
      >;
    };
  };
}
