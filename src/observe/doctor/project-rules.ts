/** What can be wrong with a project and a running application, beside its topology. */
import type { AuditedScope } from '../../application/audit.js';
import type { Finding } from './finding.js';

/** What is known of a project's installation; what is missing is not looked at. */
export interface ProjectFacts {
  /** The folders of each copy of the package. */
  readonly copies?: readonly string[];
  /** The version of InversifyJS that is installed. */
  readonly inversify?: string;
  /** The options of the compiler that decorators depend on. */
  readonly compiler?: {
    readonly experimentalDecorators: boolean;
    readonly emitDecoratorMetadata: boolean;
  };
}

/** The oldest InversifyJS with the plugins that the adapter needs. */
const OLDEST = [7, 5, 2] as const;

/** Its container cannot take back its bindings: `unbindAll()` throws, and a scope that ends keeps what it has built. */
const FAULTY = '7.7.0';

/** Faults of the installation. */
export function projectFaults({ copies = [], inversify, compiler }: ProjectFacts): Finding[] {
  const of = (rule: Finding['rule'], text: string): Finding => ({
    rule,
    level: 'error',
    text,
    about: [],
  });
  const legacy = compiler?.experimentalDecorators === true;
  return [
    ...(copies.length > 1
      ? [
          of(
            'two-copies',
            `The package is installed ${copies.length} times: ${copies.join(', ')}. One copy does not know the containers of another: let one be installed (npm ls carillon).`,
          ),
        ]
      : []),
    ...(inversify !== undefined && (isBefore(inversify, OLDEST) || inversify === FAULTY)
      ? [
          of(
            'inversify-version',
            `InversifyJS ${inversify} is installed, and the adapter needs ${OLDEST.join('.')} or newer, ${FAULTY} excepted. Update it.`,
          ),
        ]
      : []),
    ...(compiler !== undefined && inversify !== undefined && !legacy
      ? [
          of(
            'compiler-flags',
            'tsconfig.json has no "experimentalDecorators": true, and InversifyJS decorates parameters, which only those decorators can. Set it.',
          ),
        ]
      : []),
    ...(compiler?.emitDecoratorMetadata === true && !legacy && inversify === undefined
      ? [
          of(
            'compiler-flags',
            'tsconfig.json has "emitDecoratorMetadata", which does nothing without "experimentalDecorators": true. Set both, or neither.',
          ),
        ]
      : []),
  ];
}

/**
 * Scopes that are open for long.
 *
 * @param limit in milliseconds
 */
export function oldScopes(scopes: readonly AuditedScope[], limit: number): Finding[] {
  // The one at the top lives as long as the program.
  return scopes
    .filter(({ path, age }) => path.includes('/') && age > limit)
    .map(
      ({ path, age, leases }): Finding => ({
        rule: 'old-scope',
        level: 'warning',
        text: `Scope "${path}" is open for ${age} ms, longer than ${limit} ms${leases.length === 0 ? '' : `, leased by ${leases.join(', ')}`}. End it, or open it for less.`,
        about: [`scope:${path}`],
      }),
    );
}

function isBefore(version: string, oldest: readonly number[]): boolean {
  const parts = version.split(/[.+-]/).map(Number);
  for (const [index, least] of oldest.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part < least;
  }
  return false;
}
