/** `@EventsHandler(OrderPlaced)` and `EventBus.publish()` of `@nestjs/cqrs` become `@On(OrderPlaced)` and `Events.emit()`: all of them, or none. */
import type ts from '@typescript/typescript6';
import { classesIn, decoratorsOf, type ProjectClasses, parametersOf } from './classes.js';
import type { NestFile } from './nest-file.js';
import { CARILLON, CQRS } from './packages.js';
import { isResultUsed, usesOf } from './property-uses.js';
import type { TypeScript } from './typescript.js';

/** What can be moved, in order; and whether something cannot. */
export interface CqrsEvents {
  readonly moves: readonly (() => void)[];
  readonly isRefused: boolean;
}

/** What sends or hears events in ways of its own. */
const OTHER_WAYS: ReadonlyMap<string, string> = new Map([
  ['AggregateRoot', 'an AggregateRoot sends its events by EventBus'],
  ['EventPublisher', 'EventPublisher sends events by EventBus'],
  ['Saga', 'a saga takes events from EventBus'],
  ['IEventPublisher', 'the events have a publisher of their own'],
  ['IMessageSource', 'the events have a source of their own'],
  ['UnhandledExceptionBus', 'errors of handlers go to UnhandledExceptionBus'],
]);

/** Reads every file. Where something cannot be moved, the files say why. */
export function readCqrs(
  api: TypeScript,
  files: readonly NestFile[],
  classes: ProjectClasses,
): CqrsEvents {
  const moves: (() => void)[] = [];
  const handled: { readonly file: NestFile; readonly node: ts.Node }[] = [];
  let isRefused = false;
  const refuse = (file: NestFile, node: ts.Node, reason: string) => {
    isRefused = true;
    file.leave(node, reason);
  };
  for (const file of files) {
    const reader = new CqrsReader(api, file, classes, refuse);
    handled.push(...reader.handlers().map((node) => ({ file, node })));
    moves.push(...reader.read());
  }
  if (isRefused)
    for (const { file, node } of handled)
      if (!file.isNoted(node))
        file.leave(node, 'stays with @nestjs/cqrs: not everything that sends or hears can move');
  return { moves: isRefused ? [] : moves, isRefused };
}

/** Reads one file. */
class CqrsReader {
  readonly #api: TypeScript;
  readonly #file: NestFile;
  readonly #classes: ProjectClasses;
  readonly #refuse: (file: NestFile, node: ts.Node, reason: string) => void;
  /** Of `EventBus` and `EventsHandler`, what was understood. */
  readonly #understood = new Set<ts.Node>();

  constructor(
    api: TypeScript,
    file: NestFile,
    classes: ProjectClasses,
    refuse: (file: NestFile, node: ts.Node, reason: string) => void,
  ) {
    this.#api = api;
    this.#file = file;
    this.#classes = classes;
    this.#refuse = refuse;
  }

  /** Every `@EventsHandler(…)`. */
  handlers(): ts.CallExpression[] {
    return classesIn(this.#api, this.#file.source).flatMap((found) => this.#decorators(found));
  }

  /** What can be moved. */
  read(): (() => void)[] {
    const api = this.#api;
    this.#checkWays();
    const moves = classesIn(api, this.#file.source).flatMap((found) => [
      ...this.#decorators(found).map((call) => this.#handler(found, call)),
      ...parametersOf(api, found).map((parameter) => this.#bus(found, parameter)),
    ]);
    this.#checkRest();
    return moves.filter((move) => move !== undefined);
  }

  #decorators(found: ts.ClassLikeDeclaration): ts.CallExpression[] {
    return decoratorsOf(this.#api, found).filter(
      (call) => this.#file.imported(call.expression, CQRS) === 'EventsHandler',
    );
  }

  #checkWays(): void {
    for (const { name, local, module } of this.#file.imports.values())
      if (CQRS.includes(module))
        for (const node of this.#file.references(local)) this.#checkWay(name, node);
  }

  #checkWay(name: string, node: ts.Node): void {
    const reason = OTHER_WAYS.get(name);
    if (reason !== undefined) this.#refuse(this.#file, node, reason);
    const call = node.parent.parent;
    const hasOptions = this.#api.isCallExpression(call) && call.arguments.length > 0;
    if (name === 'CqrsModule' && hasOptions)
      this.#refuse(this.#file, call, 'CqrsModule has options');
  }

  /** What is done with the bus apart from what has been read. */
  #checkRest(): void {
    for (const { name, local, module } of this.#file.imports.values())
      if (CQRS.includes(module) && (name === 'EventBus' || name === 'EventsHandler'))
        for (const node of this.#file.references(local))
          if (!this.#understood.has(node))
            this.#refuse(this.#file, node, `${name} is used in another way here`);
  }

  /** `@EventsHandler(…) class { handle(event) }`. */
  #handler(found: ts.ClassLikeDeclaration, call: ts.CallExpression): (() => void) | undefined {
    const api = this.#api;
    const file = this.#file;
    this.#understood.add(call.expression);
    const handle = found.members.find(
      (member): member is ts.MethodDeclaration =>
        api.isMethodDeclaration(member) && member.name.getText() === 'handle',
    );
    const reason = this.#handlerReason(found, call, handle);
    if (reason !== undefined || handle === undefined) {
      this.#refuse(file, call, reason ?? 'its class has no method handle()');
      return undefined;
    }
    return () => {
      const events = call.arguments.map((argument) => argument.getText());
      const isExact = events.some((event) => this.#classes.isExtended(event));
      const list = events.length === 1 ? events[0] : `[${events.join(', ')}]`;
      const on = `@${file.need(CARILLON, 'On')}(${list}${isExact ? ', { exact: true }' : ''})`;
      const start = handle.getStart(file.source);
      file.replaceRange(start, start, `${on}${file.newline}${indentOf(file, start)}`);
      this.#injectable(found, call);
      this.#implements(found);
      file.changed(call, `handle() hears ${events.join(', ')} by @On`);
    };
  }

  /** `private readonly eventBus: EventBus`, by which the class publishes. */
  #bus(
    found: ts.ClassLikeDeclaration,
    parameter: ts.ParameterDeclaration,
  ): (() => void) | undefined {
    const api = this.#api;
    const file = this.#file;
    const { type, modifiers } = parameter;
    if (type === undefined || !api.isTypeReferenceNode(type)) return undefined;
    const { typeName } = type;
    if (file.imported(typeName, CQRS) !== 'EventBus') return undefined;
    this.#understood.add(typeName);
    const isPrivate = modifiers?.some(({ kind }) => kind === api.SyntaxKind.PrivateKeyword);
    const name = found.name?.text ?? '';
    const isOwn = !this.#classes.isMade(name) && !this.#classes.isExtended(name);
    if (isPrivate !== true || decoratorsOf(api, parameter).length > 0 || !isOwn) {
      this.#refuse(file, parameter, 'this EventBus is not private, or Nest alone does not give it');
      return undefined;
    }
    const published: ts.Node[] = [];
    for (const { node, method, call } of usesOf(api, found, parameter)) {
      const isPublish = method === 'publish' && call?.arguments.length === 1;
      if (isPublish && !isResultUsed(api, call))
        published.push((call.expression as ts.PropertyAccessExpression).name);
      else this.#refuse(file, node, 'only publish(event), whose result is not used, can be moved');
    }
    return () => {
      for (const method of published) file.replace(method, 'emit');
      file.replace(type, file.need(CARILLON, 'Events'));
      file.changed(parameter, `${parameter.name.getText()} is Events of carillon, and emits`);
    };
  }

  #handlerReason(
    found: ts.ClassLikeDeclaration,
    call: ts.CallExpression,
    handle: ts.MethodDeclaration | undefined,
  ): string | undefined {
    const api = this.#api;
    if (call.arguments.length === 0 || !call.arguments.every(api.isIdentifier))
      return 'its events are not named one by one, or it has options';
    if (this.#classes.isRequestScoped(found.name?.text ?? ''))
      return 'its class is built for each event by @nestjs/cqrs: see @Listener of carillon';
    if (handle !== undefined && handle.parameters.length > 1)
      return 'handle() takes more than the event';
    return undefined;
  }

  /** `@EventsHandler` has had Nest know what the constructor needs. */
  #injectable(found: ts.ClassLikeDeclaration, call: ts.CallExpression): void {
    const file = this.#file;
    const hasOther = decoratorsOf(this.#api, found).some((other) => other !== call);
    if (!hasOther) {
      file.replace(call, `${file.need('@nestjs/common', 'Injectable')}()`);
      return;
    }
    const end = call.getEnd();
    const next = /^\s*/.exec(file.source.text.slice(end))?.[0].length ?? 0;
    file.remove(call.getStart(file.source) - 1, end + next, [call]);
  }

  /** Takes `IEventHandler` out of what the class implements. */
  #implements(found: ts.ClassLikeDeclaration): void {
    const api = this.#api;
    const file = this.#file;
    const clause = found.heritageClauses?.find(
      ({ token }) => token === api.SyntaxKind.ImplementsKeyword,
    );
    if (clause === undefined) return;
    const [gone, kept] = [true, false].map((isGone) =>
      clause.types.filter(
        ({ expression }) => (file.imported(expression, CQRS) === 'IEventHandler') === isGone,
      ),
    ) as [ts.ExpressionWithTypeArguments[], ts.ExpressionWithTypeArguments[]];
    if (gone.length === 0) return;
    if (kept.length === 0) file.remove(clause.getFullStart(), clause.getEnd(), gone);
    else {
      const texts = kept.map((type) => type.getText()).join(', ');
      file.replaceRange(clause.types.pos, clause.types.end, ` ${texts}`);
      for (const type of gone) file.remove(clause.types.end, clause.types.end, [type]);
    }
  }
}

/** The white space before what starts there. */
function indentOf({ source }: NestFile, start: number): string {
  const line = source.text.slice(source.text.lastIndexOf('\n', start) + 1, start);
  return /^\s*/.exec(line)?.[0] ?? '';
}
