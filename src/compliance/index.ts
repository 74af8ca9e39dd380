/** The suites that adapters of containers, queue engines and bus transports are run against. */
export { describeBusTransport } from './bus-transport.js';
export type {
  BusFaults,
  BusProcesses,
  BusServer,
  BusSuiteCapabilities,
  BusUnderTest,
} from './bus-world.js';
export { describeContainerAdapter } from './container-adapter.js';
export type {
  AliasBinding,
  BindingWay,
  ClassBinding,
  ConstantBinding,
  ContainerCapabilities,
  ContainerUnderTest,
  FactoryBinding,
  InjectedFacade,
  Lifetime,
  RootOptions,
  ServiceClass,
  TestedBinding,
  TestedContainer,
  TestedStart,
} from './container-world.js';
export type { EngineProcess, EngineServer } from './engine-process.js';
export { describeQueueProvider } from './queue-provider.js';
export type {
  QueueFaults,
  QueueLock,
  QueueProcesses,
  QueueServer,
  QueueSuiteCapabilities,
  QueueUnderTest,
} from './queue-world.js';
