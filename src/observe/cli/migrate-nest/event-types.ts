/** The payloads of topics, which Carillon checks: the types of the listeners' parameters, for `EventMap`. */
import { posix } from 'node:path';
import type ts from '@typescript/typescript6';
import type { Listener } from './listener.js';
import type { ImportedName, NestFile } from './nest-file.js';
import { slashed } from './resolve-module.js';
import type { TypeScript } from './typescript.js';

/** A name in a type, as a file at the top of the project imports it. */
interface TypeImport {
  /** Relative to the folder of the call, for a file of the project. */
  readonly module: string;
  readonly isFile: boolean;
  readonly name: string;
}

/** One payload: its text, in which the names are replaced. */
interface Payload {
  readonly text: string;
  readonly imports: readonly (TypeImport & { readonly local: string })[];
}

const ANY_PAYLOAD: ReadonlySet<string> = new Set(['any', 'unknown']);

/** Collects payloads, and writes them as a module. */
export class EventTypes {
  readonly #api: TypeScript;
  readonly #payloads = new Map<string, Payload[]>();
  readonly #locals = new Map<string, string>();

  readonly #hasEndings: boolean;

  /** @param options `hasEndings`: imports of the project name files with `.js` */
  constructor(api: TypeScript, { hasEndings }: { readonly hasEndings: boolean }) {
    this.#api = api;
    this.#hasEndings = hasEndings;
  }

  get isEmpty(): boolean {
    return this.#payloads.size === 0;
  }

  /** Notes the payload of a listener. Gives a reason where its type cannot be written elsewhere. */
  add({ file, method, name }: Listener): string | undefined {
    const type = method.parameters[0]?.type;
    if (type === undefined || ANY_PAYLOAD.has(type.getText())) return undefined;
    const names = typeNames(this.#api, type);
    const imports: (TypeImport & { local: string })[] = [];
    for (const node of names) {
      const found = this.#importOf(node.text, file);
      if (found === 'hidden')
        return `the type ${node.text} of its parameter is not exported, and the topic needs it`;
      if (found !== undefined) imports.push({ ...found, local: this.#localOf(found) });
    }
    const payload = { text: this.#textOf(type, file), imports };
    const known = this.#payloads.get(name) ?? [];
    this.#payloads.set(name, known);
    if (!known.some(({ text }) => text === payload.text)) known.push(payload);
    return undefined;
  }

  /** Whether a pattern has a topic with a payload, or its listener takes anything. */
  fits({ method, name }: Listener): boolean {
    const type = method.parameters[0]?.type;
    if (type === undefined || ANY_PAYLOAD.has(type.getText())) return true;
    const pattern = patternOf(name);
    return [...this.#payloads.keys()].some((topic) => pattern.test(topic));
  }

  /**
   * The module that declares them.
   *
   * @param folder in which it is written, relative to the folder of the call
   */
  text(folder: string): string {
    const imports = new Map<string, Set<string>>();
    for (const payload of [...this.#payloads.values()].flat())
      for (const one of payload.imports) {
        const module = one.isFile ? relativeModule(folder, one.module) : one.module;
        imports.set(module, (imports.get(module) ?? new Set()).add(clauseOf(one)));
      }
    const lines = [...imports]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .flatMap(([module, clauses]) => importLines(module, [...clauses].sort()));
    const members = [...this.#payloads]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(
        ([name, payloads]) =>
          `    ${quoted(name)}: ${payloads.map(({ text }) => text).join(' & ')};`,
      );
    return [
      '/** The payloads of topics: the compiler checks what is emitted and heard. */',
      ...(lines.length === 0 ? ["import 'carillon';"] : lines),
      '',
      "declare module 'carillon' {",
      '  interface EventMap {',
      ...members,
      '  }',
      '}',
      '',
    ].join('\n');
  }

  /** The type, in which names are what the module imports them as. */
  #textOf(type: ts.TypeNode, file: NestFile): string {
    let text = type.getText();
    const start = type.getStart();
    for (const node of typeNames(this.#api, type).reverse()) {
      const found = this.#importOf(node.text, file);
      if (found === undefined || found === 'hidden') continue;
      const from = node.getStart() - start;
      text = text.slice(0, from) + this.#localOf(found) + text.slice(from + node.text.length);
    }
    return text.includes('//') ? text : text.replace(/\s+/g, ' ');
  }

  /** Where a name comes from; `undefined` for one of the language, `'hidden'` for one that the file does not export. */
  #importOf(name: string, file: NestFile): TypeImport | 'hidden' | undefined {
    const imported = file.imports.get(name);
    if (imported !== undefined) return ofImport(imported, file);
    const exported = exportedName(this.#api, name, file);
    if (exported === undefined || exported === 'hidden') return exported;
    return { module: moduleOf(file.path, this.#hasEndings), isFile: true, name: exported };
  }

  /** Each name once: two of one name from different modules get different ones. */
  #localOf({ module, name }: TypeImport): string {
    const key = `${module}\0${name}`;
    const known = this.#locals.get(key);
    if (known !== undefined) return known;
    const plain = name === 'default' || name === '*' ? defaultName(module) : name;
    const taken = new Set(this.#locals.values());
    let local = plain;
    for (let count = 2; taken.has(local); count += 1) local = `${plain}${count}`;
    this.#locals.set(key, local);
    return local;
  }
}

/** The names in a type that stand for something declared or imported. */
function typeNames(api: TypeScript, type: ts.TypeNode): ts.Identifier[] {
  const found: ts.Identifier[] = [];
  const visit = (node: ts.Node): void => {
    if (api.isTypeReferenceNode(node)) found.push(firstName(api, node.typeName));
    if (api.isTypeQueryNode(node)) found.push(firstName(api, node.exprName));
    api.forEachChild(node, visit);
  };
  visit(type);
  return found.sort((one, other) => one.getStart() - other.getStart());
}

function firstName(api: TypeScript, name: ts.EntityName): ts.Identifier {
  return api.isIdentifier(name) ? name : firstName(api, name.left);
}

/** What the file exports a name of its own as; `undefined` where it is not the file's. */
function exportedName(
  api: TypeScript,
  name: string,
  { source }: NestFile,
): string | 'hidden' | undefined {
  let isOwn = false;
  for (const statement of source.statements) {
    if (api.isExportDeclaration(statement) && statement.moduleSpecifier === undefined) {
      const { exportClause } = statement;
      if (exportClause === undefined || !api.isNamedExports(exportClause)) continue;
      for (const element of exportClause.elements)
        if ((element.propertyName ?? element.name).text === name) return element.name.text;
    }
    if (!declares(api, statement, name)) continue;
    isOwn = true;
    const modifiers = api.canHaveModifiers(statement) ? (api.getModifiers(statement) ?? []) : [];
    const kinds = modifiers.map(({ kind }) => kind);
    if (kinds.includes(api.SyntaxKind.DefaultKeyword)) return 'default';
    if (kinds.includes(api.SyntaxKind.ExportKeyword)) return name;
  }
  return isOwn || isParameter(api, name, source) ? 'hidden' : undefined;
}

function declares(api: TypeScript, statement: ts.Statement, name: string): boolean {
  if (api.isVariableStatement(statement))
    return statement.declarationList.declarations.some((one) => one.name.getText() === name);
  const isNamed =
    api.isClassDeclaration(statement) ||
    api.isInterfaceDeclaration(statement) ||
    api.isTypeAliasDeclaration(statement) ||
    api.isEnumDeclaration(statement) ||
    api.isModuleDeclaration(statement);
  return isNamed && statement.name?.text === name;
}

/** Whether a class or a function of the file has a type parameter of that name. */
function isParameter(api: TypeScript, name: string, source: ts.SourceFile): boolean {
  const visit = (node: ts.Node): boolean =>
    (api.isTypeParameterDeclaration(node) && node.name.text === name) ||
    api.forEachChild(node, visit) === true;
  return visit(source);
}

function ofImport({ module, name }: ImportedName, { path }: NestFile): TypeImport {
  if (!module.startsWith('.')) return { module, isFile: false, name };
  return { module: posix.join(posix.dirname(slashed(path)), module), isFile: true, name };
}

/** As imports of the project name a file. */
function moduleOf(path: string, hasEndings: boolean): string {
  return slashed(path).replace(/\.([cm]?)tsx?$/, (_, kind: string) =>
    hasEndings || kind !== '' ? `.${kind}js` : '',
  );
}

function relativeModule(folder: string, module: string): string {
  const path = posix.relative(folder, module);
  return path.startsWith('.') ? path : `./${path}`;
}

function clauseOf({ name, local }: { readonly name: string; readonly local: string }): string {
  if (name === '*') return `* as ${local}`;
  return name === local ? name : `${name} as ${local}`;
}

function importLines(module: string, clauses: readonly string[]): string[] {
  const [all, names] = [true, false].map((isAll) =>
    clauses.filter((clause) => clause.startsWith('*') === isAll),
  );
  return [
    ...(all ?? []).map((clause) => `import type ${clause} from ${quoted(module)};`),
    ...(names?.length === 0
      ? []
      : [`import type { ${names?.join(', ')} } from ${quoted(module)};`]),
  ];
}

/** A pattern of topics, as an expression. */
function patternOf(name: string): RegExp {
  const segments = name.split('.').map((segment) => {
    if (segment === '**') return '(?:[^.]+(?:\\.[^.]+)*)?';
    return segment === '*' ? '[^.]+' : segment.replace(/[^\w]/g, '\\$&');
  });
  return new RegExp(`^${segments.join('\\.')}$`);
}

function defaultName(module: string): string {
  const name = posix.basename(module).replace(/\.\w+$/, '');
  const words = name.split(/\W+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return words.join('') || 'Payload';
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
