/** `@OnEvent('order.placed')` becomes `@On('order.placed')`, and the type of its parameter that of the topic. */
import type ts from '@typescript/typescript6';
import { classesIn, decoratorsOf, type ProjectClasses } from './classes.js';
import { type EventNames, isPattern } from './event-names.js';
import type { EventTypes } from './event-types.js';
import type { Listener } from './listener.js';
import type { NestFile } from './nest-file.js';
import { CARILLON, EVENT_EMITTER } from './packages.js';
import type { TypeScript } from './typescript.js';

/** What listeners are read with. */
export interface ListenerFacts {
  readonly api: TypeScript;
  readonly names: EventNames;
  readonly classes: ProjectClasses;
  readonly types: EventTypes;
  /** Whether `EventEmitterModule` was told to know wildcards. */
  readonly hasWildcards: boolean;
  /** Whether an event is sent with several arguments. */
  readonly hasSeveral: (event: string) => boolean;
}

/** Those of a file that can be moved; of the others the file says why not. */
export function readListeners(file: NestFile, facts: ListenerFacts): Listener[] {
  return onEventCalls(facts.api, file).flatMap((found) => {
    const read = readListener(file, found, facts);
    if (typeof read !== 'string') return [read];
    file.leave(found.call, read);
    return [];
  });
}

function onEventCalls(api: TypeScript, file: NestFile): Found[] {
  return classesIn(api, file.source).flatMap((service) =>
    service.members.flatMap((method) =>
      decoratorsOf(api, method)
        .filter((call) => file.imported(call.expression, EVENT_EMITTER) === 'OnEvent')
        .map((call) => ({ call, method, service })),
    ),
  );
}

/** Whether `emitAsync` of an event may reject: a listener of the files has `suppressErrors: false`. */
export function rejections(
  files: readonly NestFile[],
  { api, names }: ListenerFacts,
): (event: string) => boolean {
  const rejecting = new Set<string>();
  let isAny = false;
  for (const file of files)
    for (const { call } of onEventCalls(api, file)) {
      const [event, options] = call.arguments;
      if (event === undefined || options === undefined || isSilent(api, options)) continue;
      const read = names.read(event, file);
      if ('reason' in read || isPattern(read.name)) isAny = true;
      else rejecting.add(read.name);
    }
  return (event) => isAny || rejecting.has(event);
}

/** Moves one, whose event has a type if it needs one. */
export function moveListener({ file, call, method, name, priority }: Listener): void {
  const [event] = call.arguments;
  if (event === undefined) return;
  const on = file.need(CARILLON, 'On');
  file.replace(call.expression, on);
  const end = call.arguments.at(-1)?.getEnd() ?? event.getEnd();
  if (call.arguments.length > 1 || priority !== 0)
    file.replaceRange(event.getEnd(), end, priority === 0 ? '' : `, { priority: ${priority} }`);
  file.changed(call, `${method.name.getText()} hears ${JSON.stringify(name)} by @On`);
}

interface Found {
  readonly call: ts.CallExpression;
  readonly method: ts.ClassElement;
  readonly service: ts.ClassLikeDeclaration;
}

/** The listener, or why it stays. */
function readListener(
  file: NestFile,
  { call, method, service }: Found,
  { api, names, types, classes, hasWildcards, hasSeveral }: ListenerFacts,
): Listener | string {
  const [event, options] = call.arguments;
  if (event === undefined || !api.isMethodDeclaration(method)) return 'this is not a listener';
  const read = names.read(event, file);
  if ('reason' in read) return read.reason;
  const reason =
    wildcardReason(read.name, options !== undefined, hasWildcards) ??
    methodReason(api, method) ??
    classReason(classes, service.name?.text ?? '') ??
    (hasSeveral(read.name) ? SEVERAL : undefined);
  if (reason !== undefined) return reason;
  const said = priorityOf(api, options);
  if (typeof said === 'string') return said;
  const { name } = read;
  if (isPattern(name)) return { file, call, method, name, priority: -1 };
  const listener: Listener = { file, call, method, name, priority: said ? 1 : 0 };
  return types.add(listener) ?? listener;
}

const PER_REQUEST =
  'its class is built for each request: @On hears that request alone, and @OnEvent is built for an event outside of one, too';

const SEVERAL = 'its event is sent with several arguments, which a handler would get as one list';

function classReason(classes: ProjectClasses, name: string): string | undefined {
  if (classes.isRequestScoped(name)) return PER_REQUEST;
  if (classes.isTransient(name)) return 'its class is transient: check which of its instances hear';
  return classes.isExtended(name)
    ? 'other classes extend this one: check which of the methods hear'
    : undefined;
}

function wildcardReason(name: string, hasOptions: boolean, isKnown: boolean): string | undefined {
  if (!isPattern(name)) return undefined;
  if (!isKnown)
    return '* is text in EventEmitter2 without wildcard: true, and a wildcard in Carillon';
  return hasOptions ? 'it has wildcards and options' : undefined;
}

function methodReason(api: TypeScript, { modifiers, parameters }: ts.MethodDeclaration) {
  if (modifiers?.some(({ kind }) => kind === api.SyntaxKind.StaticKeyword)) return 'it is static';
  if (parameters.length > 1 || parameters[0]?.dotDotDotToken !== undefined)
    return 'it takes several arguments; a handler gets one payload';
  return;
}

/** Options by which errors are not passed on. */
function isSilent(api: TypeScript, options: ts.Expression): boolean {
  return (
    api.isObjectLiteralExpression(options) &&
    options.properties.every((property) => {
      const text = property.getText().replace(/\s+/g, ' ');
      return !text.startsWith('...') && (!text.includes('suppressErrors') || HARMLESS.has(text));
    })
  );
}

/** What becomes of the options: whether the handler comes first, or why they cannot be moved. */
function priorityOf(api: TypeScript, options: ts.Expression | undefined): boolean | string {
  if (options === undefined) return false;
  if (!api.isObjectLiteralExpression(options)) return 'its options are not written here';
  let isFirst = false;
  for (const property of options.properties) {
    const text = property.getText().replace(/\s+/g, ' ');
    if (text === 'prependListener: true') isFirst = true;
    else if (text === 'suppressErrors: false')
      return 'suppressErrors: false lets emitAsync() reject with its error: see errors of emitAsync() in Carillon';
    else if (text === 'async: true' || text === 'nextTick: true')
      return `${text} starts it later: @On starts it at once, @Deferred from a queue`;
    else if (!HARMLESS.has(text)) return `the option ${text} has no counterpart`;
  }
  return isFirst;
}

/** Options that say what is so anyway. */
const HARMLESS: ReadonlySet<string> = new Set([
  'async: false',
  'nextTick: false',
  'prependListener: false',
  'suppressErrors: true',
]);
