/** The first half of the end of a container's application. */
import type { Container } from 'inversify';
import type { DisposeOptions } from '../../scope/scope-options.js';
import { containerScopeOf } from './open-scope.js';

/**
 * Takes no more work from outside: messages of an engine's bus and queues, and timers. `emit`, `publish` and `defer` go on, so that requests
 * under way can be finished. It cannot be taken back: `stop` is next.
 *
 * @returns resolves once what was taken is done, or when the drain time is over
 * @throws CarillonError `CAR2001` when the container has no plugin, `CAR7001` for options that are wrong
 * @example
 * await quiesce(container);
 * await server.close();
 * await stop(container);
 */
export async function quiesce(container: Container, options?: DisposeOptions): Promise<void> {
  await containerScopeOf(container).application.quiesce(options);
}
