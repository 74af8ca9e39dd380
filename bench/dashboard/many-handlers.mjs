/** A large application for the graph: services with five handlers each, some of which send events that others hear. */
import { Emits, On } from 'carillon';

const PER_SERVICE = 5;

/**
 * @param {{ attach(service: object): unknown }} application
 * @param {number} handlers how many
 */
export function attachMany(application, handlers) {
  for (let index = 0; index < handlers / PER_SERVICE; index += 1)
    application.attach(new (newService(index))());
}

/** Hears events of services before it, and sends one of its own: a graph without circles, as deep as services are many. @param {number} index */
function newService(index) {
  const Service = { [`Service${index}`]: class {} }[`Service${index}`];
  for (let method = 0; method < PER_SERVICE; method += 1) {
    const name = `hear${method}`;
    Object.defineProperty(Service.prototype, name, { value: () => undefined, configurable: true });
    const decorate = (decorator) =>
      decorator(Service.prototype, name, Object.getOwnPropertyDescriptor(Service.prototype, name));
    // A spread that is the same in each run.
    decorate(On(`topic.${Math.floor(index / (1 + ((index * 7 + method * 3) % 5)))}`));
    if (method === 0) decorate(Emits(`topic.${index + 1}`));
  }
  return Service;
}
