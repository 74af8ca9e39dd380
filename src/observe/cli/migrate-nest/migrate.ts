/** Moves a project from `@nestjs/event-emitter` and `@nestjs/cqrs` to Carillon, as far as its sources say what they do. */
import { posix } from 'node:path';
import { ProjectClasses } from './classes.js';
import { type CqrsEvents, readCqrs } from './cqrs.js';
import { moveEmitters } from './emitters.js';
import { EventNames, isPattern } from './event-names.js';
import { EventTypes } from './event-types.js';
import { moveImports } from './imports.js';
import { moveListener, readListeners, rejections } from './listeners.js';
import { NestFile, type Note } from './nest-file.js';
import { CQRS, EMITTER } from './packages.js';
import { slashed } from './resolve-module.js';
import { moveRoot, type RootModules, readRootModules } from './root-modules.js';
import { severalArguments } from './several-arguments.js';
import type { SourceText } from './source-files.js';
import type { TypeScript } from './typescript.js';

/** What has become of a project. */
export interface Migration {
  /** Those whose text is another now, and the new one with the payloads of topics. */
  readonly files: readonly SourceText[];
  readonly changes: readonly Note[];
  /** What stays as it is, and why. */
  readonly left: readonly Note[];
}

/** What the payloads are written to, beside the root module. */
const EVENTS_FILE = 'carillon-events';

/** Changes no file: it gives the new texts. */
export function migrateSources(api: TypeScript, sources: readonly SourceText[]): Migration {
  const files = sources.map((source) => new NestFile(api, source));
  const roots = readRootModules(api, files);
  const classes = new ProjectClasses(api, files);
  const cqrs = readCqrs(api, files, classes);
  const created = new EventTypes(api, { hasEndings: hasEndings(files) });
  if (isReady(files, roots, cqrs)) {
    moveEvents(api, files, { roots, classes, types: created });
    for (const move of cqrs.moves) move();
    const adopts = leaveRest(files);
    for (const root of roots.roots) moveRoot(root, { adopts });
  }
  for (const file of files) moveImports(api, file);
  return migrationOf(sources, files, roots, created);
}

interface Facts {
  readonly roots: RootModules;
  readonly classes: ProjectClasses;
  readonly types: EventTypes;
}

/** Listeners and emitters of event-emitter. */
function moveEvents(
  api: TypeScript,
  files: readonly NestFile[],
  { roots, classes, types }: Facts,
): void {
  const names = new EventNames(api, new Map(files.map((file) => [file.path, file])));
  const hasWildcards = roots.roots.some((root) => root.hasWildcards);
  const hasSeveral = severalArguments(files, api, names);
  const facts = { api, names, classes, types, hasWildcards, hasSeveral };
  const listeners = files.flatMap((file) => readListeners(file, facts));
  for (const listener of listeners)
    if (isPattern(listener.name) && !types.fits(listener))
      listener.file.leave(listener.call, 'no topic that fits the pattern has a payload here');
    else moveListener(listener);
  const mayReject = rejections(files, facts);
  for (const file of files) moveEmitters(file, { api, names, classes, mayReject });
}

/** Whether there is a root module that has, or gets, Carillon. Else the files say so. */
function isReady(
  files: readonly NestFile[],
  { roots, isRefused, isMoved }: RootModules,
  { moves }: CqrsEvents,
): boolean {
  if (isRefused) return false;
  if (isMoved || roots.length > 0) return true;
  const file = files.find((one) => one.uses([...EMITTER, ...CQRS]));
  const hasWork = moves.length > 0 || files.some((one) => one.uses(EMITTER));
  if (file !== undefined && hasWork)
    file.leave(
      file.source,
      'no module here imports EventEmitterModule.forRoot() or CarillonModule.forRoot(): add the latter to the root module, and name it or its folder',
    );
  return false;
}

/** Says of everything else that it stays. Gives whether something is of event-emitter. */
function leaveRest(files: readonly NestFile[]): boolean {
  let adopts = false;
  for (const file of files)
    for (const { name, local, module } of file.imports.values()) {
      if (!EMITTER.includes(module) || name === 'EventEmitterModule') continue;
      for (const node of file.references(local)) {
        if (!file.isNoted(node)) file.leave(node, `${name} is used in another way here`);
        if (ADOPTED.has(name) && !file.isGone(node)) adopts = true;
      }
    }
  return adopts;
}

/** What needs `adoptOnEvent` while it stays. */
const ADOPTED: ReadonlySet<string> = new Set([
  'OnEvent',
  'EventEmitter2',
  'EventEmitterReadinessWatcher',
]);

function migrationOf(
  sources: readonly SourceText[],
  files: readonly NestFile[],
  { roots }: RootModules,
  types: EventTypes,
): Migration {
  const changed = files
    .filter(({ changes }) => changes.length > 0)
    .map((file) => ({ path: file.path, text: file.text() }));
  const notes = (kind: 'changes' | 'left') => files.flatMap((file) => file[kind]).sort(byPlace);
  const folder = posix.dirname(slashed(roots[0]?.file.path ?? changed[0]?.path ?? ''));
  const created: SourceText[] = types.isEmpty
    ? []
    : [{ path: freePath(folder, sources), text: types.text(folder) }];
  return { files: [...changed, ...created], changes: notes('changes'), left: notes('left') };
}

/** A name that no file has. */
function freePath(folder: string, sources: readonly SourceText[]): string {
  const taken = new Set(sources.map(({ path }) => slashed(path)));
  for (let count = 1; ; count += 1) {
    const path = posix.join(folder, `${EVENTS_FILE}${count === 1 ? '' : `-${count}`}.ts`);
    if (!taken.has(path)) return path;
  }
}

function hasEndings(files: readonly NestFile[]): boolean {
  return files.some(({ imports }) =>
    [...imports.values()].some(({ module }) => module.startsWith('.') && module.endsWith('.js')),
  );
}

function byPlace(one: Note, other: Note): number {
  if (one.path !== other.path) return one.path < other.path ? -1 : 1;
  return one.line - other.line;
}
