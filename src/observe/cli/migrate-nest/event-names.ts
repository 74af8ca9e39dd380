/** The names of events, as far as the sources tell them. */
import type ts from '@typescript/typescript6';
import { defineEvent } from '../../../../decorators/index.js';
import type { NestFile } from './nest-file.js';
import { resolveModule } from './resolve-module.js';
import type { TypeScript } from './typescript.js';

/** A name, or why there is none. */
export type NameOrReason = { readonly name: string } | { readonly reason: string };

/** Reads names: literals, and constants of the files that are migrated. */
export class EventNames {
  readonly #api: TypeScript;
  readonly #files: ReadonlyMap<string, NestFile>;

  constructor(api: TypeScript, files: ReadonlyMap<string, NestFile>) {
    this.#api = api;
    this.#files = files;
  }

  /** The name that an expression stands for. A pattern has wildcards. */
  read(node: ts.Expression, file: NestFile): NameOrReason {
    const name = this.#literal(node) ?? this.#constant(node, file);
    if (name === undefined)
      return { reason: `the name of the event, ${shown(node)}, is not a literal or a constant` };
    if (name === 'error')
      return { reason: 'EventEmitter2 throws for "error" if nothing listens; Carillon does not' };
    const fault = faultOf(name);
    return fault === undefined ? { name } : { reason: `Carillon refuses its name: ${fault}` };
  }

  #literal(node: ts.Expression | undefined): string | undefined {
    if (node === undefined) return undefined;
    const plain = isConst(this.#api, node) ? node.expression : node;
    return this.#api.isStringLiteralLike(plain) ? plain.text : undefined;
  }

  /** `PLACED`, `Names.placed` or `OrderPlaced.eventName`. Members of enums are no literals to the types of topics. */
  #constant(node: ts.Expression, file: NestFile): string | undefined {
    const api = this.#api;
    if (api.isIdentifier(node)) return this.#literal(this.#declared(node.text, file, constantOf));
    if (!api.isPropertyAccessExpression(node) || !api.isIdentifier(node.expression))
      return undefined;
    const { text: owner } = node.expression;
    const { text: name } = node.name;
    const object = this.#declared(owner, file, constantOf);
    return this.#literal(
      object === undefined
        ? staticOf(api, this.#declared(owner, file, classOf), name)
        : propertyOf(api, object, name),
    );
  }

  /** What the file, or one that it imports, declares by that name. */
  #declared<T>(
    name: string,
    file: NestFile,
    find: (api: TypeScript, name: string, file: NestFile) => T | undefined,
  ): T | undefined {
    const own = find(this.#api, name, file);
    if (own !== undefined) return own;
    const imported = file.imports.get(name);
    if (imported === undefined) return undefined;
    const other = resolveModule(imported.module, file.path, this.#files);
    return other === undefined ? undefined : find(this.#api, imported.name, other);
  }
}

/** Whether it has a wildcard. */
export function isPattern(name: string): boolean {
  return name.includes('*');
}

function constantOf(api: TypeScript, name: string, file: NestFile): ts.Expression | undefined {
  for (const statement of file.source.statements) {
    if (!api.isVariableStatement(statement)) continue;
    const { declarationList } = statement;
    if ((declarationList.flags & api.NodeFlags.Const) === 0) continue;
    // A type that is written beside it may be wider than the value.
    for (const declaration of declarationList.declarations)
      if (declaration.name.getText() === name && declaration.type === undefined)
        return declaration.initializer;
  }
  return undefined;
}

function classOf(
  api: TypeScript,
  name: string,
  { source }: NestFile,
): ts.ClassDeclaration | undefined {
  return source.statements.filter(api.isClassDeclaration).find((one) => one.name?.text === name);
}

/** What a property of an object `as const` is. */
function propertyOf(api: TypeScript, node: ts.Expression, name: string) {
  const object = isConst(api, node) ? node.expression : undefined;
  if (object === undefined || !api.isObjectLiteralExpression(object)) return;
  return object.properties
    .filter(api.isPropertyAssignment)
    .find((property) => property.name.getText() === name)?.initializer;
}

/** What a `static readonly` property is; a type that is written beside it may be wider. */
function staticOf(api: TypeScript, found: ts.ClassDeclaration | undefined, name: string) {
  const { StaticKeyword, ReadonlyKeyword } = api.SyntaxKind;
  return found?.members.filter(api.isPropertyDeclaration).find(({ name: own, modifiers, type }) => {
    const kinds = modifiers?.map(({ kind }) => kind) ?? [];
    const isFixed = kinds.includes(StaticKeyword) && kinds.includes(ReadonlyKeyword);
    return own.getText() === name && type === undefined && isFixed;
  })?.initializer;
}

function isConst(api: TypeScript, node: ts.Expression): node is ts.AsExpression {
  return api.isAsExpression(node) && node.type.getText() === 'const';
}

/** Why the name is no topic. */
function faultOf(name: string): string | undefined {
  const plain = name.split('.').map((segment) => (/^\*{1,2}$/.test(segment) ? 'any' : segment));
  try {
    defineEvent(plain.join('.'));
    return undefined;
  } catch {
    return `${JSON.stringify(name)} is not a topic of segments joined by dots`;
  }
}

function shown(node: ts.Expression): string {
  return node.getText().replace(/\s+/g, ' ');
}
