/** What users test their own services and engines with. */
export { type BusFaults, type BusUnderTest, describeBusTransport } from './bus-transport.js';
export {
  describeQueueProvider,
  type QueueFaults,
  type QueueProcess,
  type QueueProcesses,
  type QueueSuiteCapabilities,
  type QueueUnderTest,
} from './queue-provider.js';
