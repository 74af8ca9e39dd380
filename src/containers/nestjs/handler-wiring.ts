/** Wires what Carillon's own decorators have declared, and what is adopted. */
import type { AdapterApplication } from '../../application/adapter-application.js';
import type { AdoptedListeners } from './adopted/adopted-listeners.js';
import type { Contexts } from './contexts.js';
import { attachPerEventClass } from './per-event-class.js';
import type { Wiring } from './wiring.js';

/** @param adopted `undefined` where nothing is */
export function wiringOf(
  application: AdapterApplication,
  contexts: Contexts,
  adopted: AdoptedListeners | undefined,
): Wiring {
  const { plans } = application;
  return {
    hears: (prototype) => plans.ofPrototype(prototype).length > 0,
    isPerEvent: (prototype) => plans.areActivated(prototype),
    attach: (instance) => {
      if (plans.of(instance).length > 0) application.attach(instance);
      adopted?.attach(instance);
    },
    attachClass: (wrapper) => attachPerEventClass(application, contexts, wrapper),
    adoptClass: (prototype, wrapper) => {
      if (adopted?.hears(prototype) === true) adopted.attachRequestClass(prototype, wrapper);
    },
  };
}
