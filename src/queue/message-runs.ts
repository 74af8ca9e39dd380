/** The runs of the handlers that have a message in hand. */
import type { MessageContext } from '../dispatch/delivery-context.js';
import type { Handler } from '../dispatch/handler.js';

/** Aborts the signals of those that still run. Returns whether there were any. */
export function abortRuns(
  handlers: readonly Handler[],
  { progress }: MessageContext,
  reason: Error,
): boolean {
  // A message may have several contexts: what takes their progress is the same.
  const runs = handlers
    .flatMap(({ owner }) => [...owner.runs])
    .filter(({ deliveryContext }) => deliveryContext?.message?.progress === progress);
  for (const run of new Set(runs)) run.abort(() => reason);
  return runs.length > 0;
}
