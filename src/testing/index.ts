/** What users test their own services and engines with. */
export { type BusFaults, type BusUnderTest, describeBusTransport } from './bus-transport.js';
