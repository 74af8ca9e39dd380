/** Checks the options with which a container gets its events. */
import { callback, knownFault, refuseFault, unknownFault } from '../../decorators/check-options.js';
import { APPLICATION, type ApplicationOptions } from '../application/application.js';

/**
 * Checks the names of the options, and `onOpen`: the other values are checked by whoever takes them.
 *
 * @param place what they were given to, as errors call it: `'events()'`
 * @throws CarillonError `CAR7004` for an option that is not known, and for an `onOpen` that is no function
 */
export function checkEventsOptions(place: string, options: ApplicationOptions): void {
  const own = { onOpen: callback() };
  const fault = knownFault(own, options) ?? unknownFault([APPLICATION, own], options);
  refuseFault('CAR7004', place, fault);
}
