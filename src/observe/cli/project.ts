/** What all commands about a project have in common: how they are called, and what they read. */
import type { ArgsDef } from 'citty';
import { describe, type Topology } from '../index.js';
import { type Console, processConsole } from './console.js';
import { loadContainer } from './load-config.js';

/** The flags of every command about a project. */
export const PROJECT_ARGS = {
  config: {
    type: 'string',
    description: 'The config that exports container()',
    valueHint: 'path',
  },
  json: { type: 'boolean', description: 'Print JSON, for programs', default: false },
} as const satisfies ArgsDef;

/** Those flags, as they were given. */
export interface ProjectFlags {
  readonly config?: string | undefined;
  readonly json: boolean;
}

/** The project's container, loaded and not started. */
export function projectContainer({ config }: Pick<ProjectFlags, 'config'>): Promise<object> {
  return loadContainer(config, process.cwd());
}

/** What a command about the topology reads, and where it writes. */
export interface Reading {
  readonly topology: Topology;
  readonly console: Console;
}

/** Loads the project and describes it. */
export async function readProject(flags: Pick<ProjectFlags, 'config'>): Promise<Reading> {
  const topology = describe(await projectContainer(flags));
  return { topology, console: processConsole() };
}
