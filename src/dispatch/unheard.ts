/** Events that reach nobody, where a program asks for a report. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { type EventKey, eventName } from '../../decorators/event-key.js';
import type { HandlerOwner, Runtime, UnheardReports } from './runtime.js';
import type { SendPlaces } from './send-places.js';

/** Reports each event once for each place. */
export class UnheardEvents implements UnheardReports {
  readonly #runtime: Runtime;
  readonly #places: SendPlaces;

  constructor(runtime: Runtime, places: SendPlaces) {
    this.#runtime = runtime;
    this.#places = places;
  }

  report(done: 'emitted' | 'published', { path }: HandlerOwner, event: EventKey): void {
    const from = done === 'emitted' ? `in scope "${path}"` : 'on the bus';
    const error = new CarillonError(
      'CAR4017',
      `${eventName(event)} was ${done} ${from} and reached no handler. Call start(), or build the handler's class, before it is sent, in a scope that it reaches; or remove unheard: 'report'.`,
    );
    if (this.#places.note(event, error)) this.#runtime.report(error);
  }
}
