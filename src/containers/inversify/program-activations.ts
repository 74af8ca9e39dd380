/** The activations of one container, with what the wiring adds to those of the program. */
import type { ServiceIdentifier } from 'inversify';
import type { ActivationCallback, ActivationService } from './inversify-internals.js';

type Activations = Iterable<ActivationCallback> | undefined;

/** What takes the place of the program's activations of a service. */
type Extended = (identifier: ServiceIdentifier, others: Activations) => Activations;

/** Each container adds to its own activations once, also where it is asked for those of the container below it. */
export class ProgramActivations {
  readonly #above: ProgramActivations | undefined;
  #service: ActivationService | undefined;
  /** The method of the service which its extended one has taken the place of. */
  #original!: ActivationService['get'];
  /** Set while the container below asks: it is given those of the program alone. */
  // biome-ignore lint/style/useReadonlyClassProperties: set by the one below
  #isAskedBelow = false;

  constructor(above: ProgramActivations | undefined) {
    this.#above = above;
  }

  /** Extends what the service gives; once for each service. */
  watch(service: ActivationService, extended: Extended): void {
    if (service === this.#service) return;
    this.#service = service;
    this.#original = service.get;
    service.get = (identifier) => {
      const others = this.of(identifier);
      return this.#isAskedBelow ? others : extended(identifier, others);
    };
  }

  /** Those of the program, here and above. */
  of(identifier: ServiceIdentifier): Activations {
    const above = this.#above;
    if (above !== undefined) above.#isAskedBelow = true;
    const activations = this.#original.call(this.#service as ActivationService, identifier);
    if (above !== undefined) above.#isAskedBelow = false;
    return activations;
  }
}
