/** Looks for what is wrong in an application. */
import {
  checkOptions,
  isOptions,
  kind,
  type OptionShape,
} from '../../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../../decorators/duration.js';
import type { AuditedScope } from '../../application/audit.js';
import type { Topology } from '../topology.js';
import { circles } from './circles.js';
import { neverHeard, neverSent, notDeclared } from './event-rules.js';
import type { Finding } from './finding.js';
import { oldScopes, type ProjectFacts, projectFaults } from './project-rules.js';
import { cannotTravel, noDeadLetters, notIdempotent, sharedIds } from './queue-rules.js';
import { captiveDependencies, transientHandlers } from './service-rules.js';

/** What {@link diagnose} looks at beside the topology. */
export interface DiagnoseOptions {
  /** The open scopes, as `audit(container).scopes` lists them. Default none. */
  readonly scopes?: readonly AuditedScope[];
  /** How long a scope may be open. Default `'10m'`. */
  readonly scopeLimit?: Duration;
  /** What is known of the installation. Default nothing. */
  readonly project?: ProjectFacts;
}

const OPTIONS: OptionShape<DiagnoseOptions> = /* @__PURE__ */ (() => ({
  scopes: kind(Array.isArray, 'a list of scopes'),
  scopeLimit: duration({ unlimited: true }),
  project: kind(isOptions, 'an object'),
}))();

/** Each finds one kind of fault in a topology. */
const RULES: readonly ((topology: Topology) => Finding[])[] = [
  captiveDependencies,
  transientHandlers,
  sharedIds,
  cannotTravel,
  noDeadLetters,
  notIdempotent,
  circles,
  neverSent,
  neverHeard,
  notDeclared,
];

/**
 * Looks for what is wrong in an application: captive dependencies, circles of events, payloads that cannot travel, and others.
 *
 * @param topology what {@link describe} returned
 * @param options the open scopes and the installation; default neither
 * @returns errors first, then warnings; empty where nothing was found
 * @throws CarillonError `CAR7004` for options that are wrong
 * @example
 * for (const { level, text } of diagnose(describe(container))) console.log(level, text);
 */
export function diagnose(topology: Topology, options: DiagnoseOptions = {}): readonly Finding[] {
  checkOptions('CAR7004', 'diagnose()', OPTIONS, options);
  const { scopes = [], scopeLimit = '10m', project = {} } = options;
  const findings = [
    ...projectFaults(project),
    ...RULES.flatMap((rule) => rule(topology)),
    ...oldScopes(scopes, milliseconds(scopeLimit)),
  ];
  return [
    ...findings.filter(({ level }) => level === 'error'),
    ...findings.filter(({ level }) => level === 'warning'),
  ];
}
