/** The suites that adapters of containers, queue engines and bus transports are run against. */
export {
  type BusFaults,
  type BusProcesses,
  type BusServer,
  type BusSuiteCapabilities,
  type BusUnderTest,
  describeBusTransport,
} from './bus-transport.js';
export {
  type AliasBinding,
  type BindingWay,
  type ClassBinding,
  type ConstantBinding,
  type ContainerCapabilities,
  type ContainerUnderTest,
  describeContainerAdapter,
  type FactoryBinding,
  type InjectedFacade,
  type Lifetime,
  type RootOptions,
  type ServiceClass,
  type TestedBinding,
  type TestedContainer,
} from './container-adapter.js';
export type { EngineProcess, EngineServer } from './ended-engine.js';
export {
  describeQueueProvider,
  type QueueFaults,
  type QueueProcesses,
  type QueueServer,
  type QueueSuiteCapabilities,
  type QueueUnderTest,
} from './queue-provider.js';
