/** What the sources say of their classes: how long they live, which others extend, and which the program makes itself. */
import type ts from '@typescript/typescript6';
import type { NestFile } from './nest-file.js';
import { NEST } from './packages.js';
import type { TypeScript } from './typescript.js';

/** Every class of the files, by its name: two of one name are taken for one. */
export class ProjectClasses {
  readonly #requestScoped = new Set<string>();
  readonly #transient = new Set<string>();
  readonly #extended = new Set<string>();
  readonly #made = new Set<string>();

  constructor(api: TypeScript, files: Iterable<NestFile>) {
    const needs = new Map<string, Set<string>>();
    for (const file of files) {
      for (const name of madeIn(api, file.source)) this.#made.add(name);
      for (const found of classesIn(api, file.source)) {
        const name = found.name?.text ?? '';
        if (isRequestScoped(api, found, file)) this.#requestScoped.add(name);
        if (hasScope(api, found, 'TRANSIENT')) this.#transient.add(name);
        const known = needs.get(name) ?? new Set<string>();
        needs.set(name, known);
        for (const need of needsOf(api, found)) known.add(need);
        for (const base of basesOf(api, found)) {
          this.#extended.add(base);
          // Its constructor may be that of the class.
          known.add(base);
        }
      }
    }
    this.#spread(needs);
  }

  /** Whether Nest builds the class for each request, because it says so or needs a class that does. */
  isRequestScoped(name: string): boolean {
    return this.#requestScoped.has(name);
  }

  isTransient(name: string): boolean {
    return this.#transient.has(name);
  }

  isExtended(name: string): boolean {
    return this.#extended.has(name);
  }

  /** Whether there is `new` with the class. */
  isMade(name: string): boolean {
    return this.#made.has(name);
  }

  /** What needs something request-scoped is so itself. */
  #spread(needs: ReadonlyMap<string, ReadonlySet<string>>): void {
    for (let size = -1; size !== this.#requestScoped.size; ) {
      size = this.#requestScoped.size;
      for (const [name, needed] of needs)
        if ([...needed].some((need) => this.#requestScoped.has(need)))
          this.#requestScoped.add(name);
    }
  }
}

/** The classes of a file, also those within others. */
export function classesIn(api: TypeScript, source: ts.SourceFile): ts.ClassLikeDeclaration[] {
  const found: ts.ClassLikeDeclaration[] = [];
  const visit = (node: ts.Node): void => {
    if (api.isClassLike(node)) found.push(node);
    api.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The parameters of its constructor. */
export function parametersOf(
  api: TypeScript,
  { members }: ts.ClassLikeDeclaration,
): readonly ts.ParameterDeclaration[] {
  return members.find(api.isConstructorDeclaration)?.parameters ?? [];
}

/** Its decorators as calls, `@Name(…)`; others are not Nest's. */
export function decoratorsOf(api: TypeScript, node: ts.Node): ts.CallExpression[] {
  const decorators = api.canHaveDecorators(node) ? (api.getDecorators(node) ?? []) : [];
  return decorators.map(({ expression }) => expression).filter(api.isCallExpression);
}

/** `Scope.REQUEST` in a decorator of the class, or the request itself injected. */
function isRequestScoped(api: TypeScript, found: ts.ClassLikeDeclaration, file: NestFile): boolean {
  const isInjected = [...parametersOf(api, found), ...found.members]
    .flatMap((node) => decoratorsOf(api, node))
    .some((call) => file.imported(call.arguments[0], NEST) === 'REQUEST');
  return isInjected || hasScope(api, found, 'REQUEST');
}

function hasScope(api: TypeScript, found: ts.ClassLikeDeclaration, scope: string): boolean {
  const pattern = new RegExp(`\\bScope\\.${scope}\\b`);
  return decoratorsOf(api, found).some((call) =>
    call.arguments.some((argument) => pattern.test(argument.getText())),
  );
}

/** The classes behind `new`. */
function madeIn(api: TypeScript, source: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (api.isNewExpression(node)) found.push(node.expression.getText());
    api.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function* needsOf(api: TypeScript, found: ts.ClassLikeDeclaration): Generator<string> {
  const properties = found.members.filter(api.isPropertyDeclaration);
  for (const { type } of [...parametersOf(api, found), ...properties])
    if (type !== undefined && api.isTypeReferenceNode(type)) yield type.typeName.getText();
}

function* basesOf(
  api: TypeScript,
  { heritageClauses }: ts.ClassLikeDeclaration,
): Generator<string> {
  for (const clause of heritageClauses ?? [])
    if (clause.token === api.SyntaxKind.ExtendsKeyword)
      for (const { expression } of clause.types) yield expression.getText();
}
