/** What can be seen of an application: its topology, and documents made of it. */
export { type DescribeOptions, describe, describedEvents } from './describe.js';
export { type DiagnoseOptions, diagnose } from './doctor/diagnose.js';
export type { Finding, RuleName } from './doctor/finding.js';
export type { ProjectFacts } from './doctor/project-rules.js';
export { type ObservedEmit, type ObservedEmits, observeEmits } from './observed-emits.js';
export type {
  Topology,
  TopologyBus,
  TopologyEdge,
  TopologyEmitter,
  TopologyEvent,
  TopologyHandler,
  TopologyNeed,
  TopologyQueue,
  TopologyScope,
  TopologyService,
} from './topology.js';
