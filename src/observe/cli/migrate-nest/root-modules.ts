/** `EventEmitterModule.forRoot()` becomes `CarillonModule.forRoot()`. */
import type ts from '@typescript/typescript6';
import type { NestFile } from './nest-file.js';
import { CARILLON_NEST, EVENT_EMITTER } from './packages.js';
import type { TypeScript } from './typescript.js';

/** One call of `forRoot`, with what it says. */
export interface RootModule {
  readonly file: NestFile;
  readonly call: ts.CallExpression;
  readonly hasWildcards: boolean;
  /** What is kept of its options. */
  readonly kept: readonly string[];
}

/** What the files have: calls that can be moved, or why nothing can be. */
export interface RootModules {
  readonly roots: readonly RootModule[];
  /** There is one that stays: then everything that needs it stays as well. */
  readonly isRefused: boolean;
  /** A module imports Carillon's already. */
  readonly isMoved: boolean;
}

/** Says in the files why one of them cannot be moved. */
export function readRootModules(api: TypeScript, files: Iterable<NestFile>): RootModules {
  const roots: RootModule[] = [];
  let [isRefused, isMoved] = [false, false];
  for (const file of files)
    for (const { name, local, module } of file.imports.values()) {
      if (name === 'CarillonModule' && module === CARILLON_NEST) isMoved ||= file.isUsed(local);
      if (name !== 'EventEmitterModule' || !EVENT_EMITTER.includes(module)) continue;
      for (const node of file.references(local)) {
        const read = readRoot(api, node, file);
        if (typeof read !== 'string') roots.push(read);
        else {
          file.leave(node, read);
          isRefused = true;
        }
      }
    }
  return { roots, isRefused, isMoved };
}

/**
 * Moves one.
 *
 * @param adopts whether something of event-emitter stays
 */
export function moveRoot({ file, call, kept }: RootModule, { adopts }: { adopts: boolean }): void {
  const carillon = file.need(CARILLON_NEST, 'CarillonModule');
  const options = [...kept, ...(adopts ? ['adoptOnEvent: true'] : [])];
  const given = options.length === 0 ? '' : `{ ${options.join(', ')} }`;
  file.replace(call, `${carillon}.forRoot(${given})`);
  file.changed(call, `the module is CarillonModule.forRoot(${given})`);
}

/** What `forRoot` is given, or why it stays. */
function readRoot(api: TypeScript, node: ts.Identifier, file: NestFile): RootModule | string {
  const { parent } = node;
  const call = parent.parent;
  if (
    !api.isPropertyAccessExpression(parent) ||
    parent.name.text !== 'forRoot' ||
    !api.isCallExpression(call)
  )
    return 'EventEmitterModule is used without forRoot()';
  const [options] = call.arguments;
  if (options === undefined) return { file, call, hasWildcards: false, kept: [] };
  if (!api.isObjectLiteralExpression(options))
    return 'the options of EventEmitterModule are not written here';
  const kept: string[] = [];
  let hasWildcards = false;
  for (const property of options.properties) {
    const text = property.getText().replace(/\s+/g, ' ').replaceAll('"', "'");
    const name = property.name?.getText() ?? text;
    if (text === 'wildcard: true') hasWildcards = true;
    else if (text.startsWith('global: ')) kept.push(text);
    else if (!DROPPED.has(name) && !DROPPED.has(text))
      return `the option ${text} of EventEmitterModule has no counterpart`;
  }
  return { file, call, hasWildcards, kept };
}

/** Options that Carillon needs no word about: names, or names with their value. */
const DROPPED: ReadonlySet<string> = new Set([
  'wildcard: false',
  "delimiter: '.'",
  'maxListeners',
  'verboseMemoryLeak',
  'inheritRequestContextId',
  'newListener: false',
  'removeListener: false',
  'ignoreErrors: false',
]);
