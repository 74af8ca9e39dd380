/** What is done when a handler ends. */
import type { Handler } from '../dispatch/handler.js';

/** Calls back once when the handler ends, after whoever asked for that before. */
export function whenEnded(handler: Handler, action: () => void): void {
  const { onEnd } = handler;
  handler.onEnd = () => {
    onEnd?.();
    action();
  };
}
