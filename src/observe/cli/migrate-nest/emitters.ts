/** Classes into which `EventEmitter2` is injected get `Events`, if all that they do with it can be moved. */
import type ts from '@typescript/typescript6';
import { classesIn, decoratorsOf, type ProjectClasses, parametersOf } from './classes.js';
import { type EventNames, isPattern } from './event-names.js';
import type { NestFile } from './nest-file.js';
import { CARILLON, EMITTER, NEST } from './packages.js';
import { isResultUsed, type Use, usesOf } from './property-uses.js';
import type { TypeScript } from './typescript.js';

/** What emitters are read with. */
export interface EmitterFacts {
  readonly api: TypeScript;
  readonly names: EventNames;
  readonly classes: ProjectClasses;
  /** Whether a listener of the event has `suppressErrors: false`. */
  readonly mayReject: (event: string) => boolean;
}

type Property = ts.ParameterDeclaration | ts.PropertyDeclaration;

/** Moves the classes of a file; where one cannot be moved, the file says why. */
export function moveEmitters(file: NestFile, facts: EmitterFacts): void {
  const { api } = facts;
  for (const found of classesIn(api, file.source)) {
    const properties = [
      ...parametersOf(api, found),
      ...found.members.filter(api.isPropertyDeclaration),
    ];
    for (const property of properties)
      if (emitterType(api, property, file) !== undefined) moveEmitter(file, found, property, facts);
  }
}

/** The name in `emitter: EventEmitter2`. */
function emitterType(
  api: TypeScript,
  { type }: Property,
  file: NestFile,
): ts.Identifier | undefined {
  if (type === undefined || !api.isTypeReferenceNode(type)) return undefined;
  const { typeName } = type;
  return api.isIdentifier(typeName) && file.imported(typeName, EMITTER) === 'EventEmitter2'
    ? typeName
    : undefined;
}

function moveEmitter(
  file: NestFile,
  found: ts.ClassLikeDeclaration,
  property: Property,
  facts: EmitterFacts,
): void {
  const { api } = facts;
  const type = emitterType(api, property, file);
  if (type === undefined) return;
  const reason = classReason(found, facts) ?? injectionReason(api, property, file);
  if (reason !== undefined) {
    file.leave(property, reason);
    return;
  }
  const uses = usesOf(api, found, property).map((use) => ({
    node: use.node,
    move: readUse(use, file, facts),
  }));
  let isLeft = false;
  for (const { node, move } of uses)
    if (typeof move === 'string') {
      file.leave(node, move);
      isLeft = true;
    }
  if (isLeft) {
    file.leave(property, 'EventEmitter2 stays in this class, because of the other lines');
    return;
  }
  for (const { move } of uses) if (typeof move === 'function') move();
  const events = file.need(CARILLON, 'Events');
  file.replace(type, events);
  for (const token of injectedTokens(api, property, file)) file.replace(token, events);
  file.changed(property, `${property.name.getText()} is Events of carillon`);
}

/** Why somebody else may give the class its emitter. */
function classReason(
  found: ts.ClassLikeDeclaration,
  { api, classes }: EmitterFacts,
): string | undefined {
  const name = found.name?.text ?? '';
  if (decoratorsOf(api, found).length === 0) return 'this class is not built by Nest';
  if (classes.isMade(name)) return `the program makes it, too: new ${name}()`;
  return classes.isExtended(name) ? 'other classes extend this one' : undefined;
}

/** Why the injection cannot be moved, whatever is done with it. */
function injectionReason(api: TypeScript, property: Property, file: NestFile): string | undefined {
  const isPrivate = property.modifiers?.some(({ kind }) => kind === api.SyntaxKind.PrivateKeyword);
  if (isPrivate !== true && !api.isPrivateIdentifier(property.name))
    return 'this EventEmitter2 is not private: who else uses it cannot be seen here';
  const calls = decoratorsOf(api, property);
  const isInjected = calls.length > 0 || api.isParameter(property);
  if (!isInjected || property.initializer !== undefined)
    return 'this EventEmitter2 is not injected by Nest';
  const isOther = calls.some(
    (call) =>
      call.arguments.length > 0 && file.imported(call.arguments[0], EMITTER) !== 'EventEmitter2',
  );
  return isOther ? 'this EventEmitter2 is injected by another token' : undefined;
}

/** `EventEmitter2` in `@Inject(EventEmitter2)`. */
function injectedTokens(api: TypeScript, property: Property, file: NestFile): ts.Expression[] {
  return decoratorsOf(api, property)
    .filter((call) => file.imported(call.expression, NEST) === 'Inject')
    .flatMap((call) => [...call.arguments]);
}

/** How a use is moved, or why it cannot be. */
function readUse(
  { node, method, call }: Use,
  file: NestFile,
  { api, names, mayReject }: EmitterFacts,
): (() => void) | string {
  if (call === undefined || method === undefined)
    return 'EventEmitter2 is given away here, or its methods are taken out';
  if (method !== 'emit' && method !== 'emitAsync')
    return `Events has no ${method}(): use @On, @Once or ScopedEmitter of carillon`;
  const [event, payload, ...others] = call.arguments;
  if (event === undefined || others.length > 0 || call.arguments.some(api.isSpreadElement))
    return 'it sends several arguments; an event has one payload';
  if (isResultUsed(api, call)) return `what ${method}() returns is used`;
  const read = names.read(event, file);
  if ('reason' in read) return read.reason;
  if (isPattern(read.name)) return 'it sends to a pattern';
  if (method === 'emitAsync' && mayReject(read.name))
    return 'emitAsync() may reject here, since a listener has suppressErrors: false';
  if (method === 'emitAsync' && isBeforeStart(api, node))
    return 'emitAsync() before the start is refused (CAR4013): use emit(), which is kept';
  return () => moveCall(file, { method, call, event, payload });
}

interface Move {
  readonly method: 'emit' | 'emitAsync';
  readonly call: ts.CallExpression;
  readonly event: ts.Expression;
  readonly payload: ts.Expression | undefined;
}

/** An event of `Events` has a payload; and `emitAsync` of event-emitter does not reject. */
function moveCall(file: NestFile, { method, call, event, payload }: Move): void {
  const added = [
    ...(payload === undefined ? ['undefined'] : []),
    ...(method === 'emitAsync' ? ["{ errors: 'report' }"] : []),
  ];
  const { end } = payload ?? event;
  if (added.length === 0) return;
  file.replaceRange(end, end, `, ${added.join(', ')}`);
  file.changed(call, `${method}() gets ${added.join(' and ')}`);
}

/** In a constructor or in `onModuleInit`, which run before the application has started. */
function isBeforeStart(api: TypeScript, node: ts.Node): boolean {
  const member = api.findAncestor(
    node,
    (one) => api.isConstructorDeclaration(one) || api.isMethodDeclaration(one),
  );
  if (member === undefined || api.isConstructorDeclaration(member)) return true;
  return (member as ts.MethodDeclaration).name.getText() === 'onModuleInit';
}
