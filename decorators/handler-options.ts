/** Which of its events a handler wants to hear. */
import { callback, flag } from './check-options.js';
import type { OptionSubject } from './option-subject.js';

/** Which of its events a handler wants to hear. */
export interface HandlerOptions<Payload = never> {
  /** Called before each event, and answers at once; `false` skips the handler. An error in it counts as the handler's. Default all events. */
  readonly when?: (event: Payload) => boolean;
  /** Hears the class itself only, not its subclasses. Default `false`. */
  readonly exact?: boolean;
  /** When it is wired, it first gets what its scope has recorded of the event, the oldest first. Default `false`. */
  readonly replay?: boolean;
}

/** Checks and compares {@link HandlerOptions}. */
export const handlerSubject: OptionSubject<HandlerOptions> = {
  shape: /* @__PURE__ */ (() => ({ when: callback(), exact: flag(), replay: flag() }))(),
  parts: ({ when, exact = false, replay = false }) => [when, exact, replay],
};
