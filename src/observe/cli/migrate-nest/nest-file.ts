/** One source file on its way: what it imports, what was changed in it, and what was left alone. */
import type ts from '@typescript/typescript6';
import type { SourceText } from './source-files.js';
import type { TypeScript } from './typescript.js';

/** A line of the report. */
export interface Note {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** A name that a file imports. */
export interface ImportedName {
  readonly module: string;
  /** As the module exports it: `default`, or `*` for all of it. */
  readonly name: string;
  readonly local: string;
  readonly declaration: ts.ImportDeclaration;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A file that is being migrated. */
export class NestFile {
  readonly path: string;
  readonly source: ts.SourceFile;
  /** How it ends lines. */
  readonly newline: string;
  /** By their local names. */
  readonly imports: ReadonlyMap<string, ImportedName>;
  readonly changes: Note[] = [];
  readonly left: Note[] = [];
  /** What the new text imports, by module. */
  readonly added = new Map<string, Set<string>>();
  readonly #api: TypeScript;
  readonly #edits: Edit[] = [];
  /** Those that are gone, or about which something was said. */
  readonly #gone = new Set<ts.Node>();
  readonly #noted = new Set<ts.Node>();
  #references: ReadonlyMap<string, readonly ts.Identifier[]> | undefined;

  constructor(api: TypeScript, { path, text }: SourceText) {
    this.#api = api;
    this.path = path;
    this.source = api.createSourceFile(path, text, api.ScriptTarget.Latest, true);
    this.newline = text.includes('\r\n') ? '\r\n' : '\n';
    this.imports = new Map(
      this.source.statements
        .filter(api.isImportDeclaration)
        .flatMap((declaration) => importedBy(api, declaration))
        .map((imported) => [imported.local, imported]),
    );
  }

  /** What one of those modules exports by that name, if the identifier is that. */
  imported(node: ts.Node | undefined, modules: readonly string[]): string | undefined {
    if (node === undefined || !this.#api.isIdentifier(node)) return undefined;
    const found = this.imports.get(node.text);
    return found !== undefined && modules.includes(found.module) ? found.name : undefined;
  }

  /** Whether it imports anything of those modules. */
  uses(modules: readonly string[]): boolean {
    return [...this.imports.values()].some(({ module }) => modules.includes(module));
  }

  /** Where the file uses an imported name, but in imports. */
  references(local: string): readonly ts.Identifier[] {
    this.#references ??= referencesIn(this.#api, this.source);
    return this.#references.get(local) ?? [];
  }

  /** Whether the text, as it is now, uses an imported name. */
  isUsed(local: string): boolean {
    return this.references(local).some((node) => !this.#gone.has(node));
  }

  /** Replaces the text from the start of a node, or in its place. */
  replace(node: ts.Node, text: string): void {
    this.replaceRange(node.getStart(this.source), node.getEnd(), text);
    this.#forget(node);
  }

  replaceRange(start: number, end: number, text: string): void {
    this.#edits.push({ start, end, text });
  }

  /** Says that the names in the node are not used any more. */
  #forget(node: ts.Node): void {
    if (this.#api.isIdentifier(node)) this.#gone.add(node);
    this.#api.forEachChild(node, (child) => this.#forget(child));
  }

  /** Takes out a part of the text whose nodes are gone with it. */
  remove(start: number, end: number, nodes: readonly ts.Node[]): void {
    this.replaceRange(start, end, '');
    for (const node of nodes) this.#forget(node);
  }

  /** Notes a change at the line of the node. */
  changed(node: ts.Node, text: string): void {
    this.changes.push(this.#note(node, text));
  }

  /** Notes why something stays as it is. */
  leave(node: ts.Node, text: string): void {
    const note = this.#note(node, text);
    if (!this.left.some(({ line, text: other }) => line === note.line && other === text))
      this.left.push(note);
    this.#markNoted(node);
  }

  /** Whether the report has a line about the node, or about one around it. */
  isNoted(node: ts.Node): boolean {
    return this.#noted.has(node) || this.#gone.has(node);
  }

  isGone(node: ts.Node): boolean {
    return this.#gone.has(node);
  }

  /** Something is said elsewhere of the names in the node. */
  #markNoted(node: ts.Node): void {
    this.#noted.add(node);
    this.#api.forEachChild(node, (child) => this.#markNoted(child));
  }

  /** The text is to import the name. Gives what it is called in the file: another name where that one is taken. */
  need(module: string, name: string): string {
    for (const imported of this.imports.values())
      if (imported.module === module && imported.name === name) return imported.local;
    const names = this.added.get(module) ?? new Set<string>();
    this.added.set(module, names);
    const isTaken = this.imports.has(name) || this.references(name).length > 0;
    const local = isTaken ? `Carillon${name}` : name;
    names.add(isTaken ? `${name} as ${local}` : name);
    return local;
  }

  /** The text with all changes. */
  text(): string {
    let { text } = this.source;
    // Insertions at one place stay in the order in which they were made.
    const edits = this.#edits.map((edit, index) => ({ ...edit, index }));
    edits.sort((one, other) => other.start - one.start || other.index - one.index);
    for (const edit of edits) text = text.slice(0, edit.start) + edit.text + text.slice(edit.end);
    return text;
  }

  #note(node: ts.Node, text: string): Note {
    const { line } = this.source.getLineAndCharacterOfPosition(node.getStart(this.source));
    return { path: this.path, line: line + 1, text };
  }
}

function importedBy(api: TypeScript, declaration: ts.ImportDeclaration): ImportedName[] {
  const { importClause, moduleSpecifier } = declaration;
  if (importClause === undefined || !api.isStringLiteral(moduleSpecifier)) return [];
  const of = (name: string, local: ts.Identifier): ImportedName => ({
    module: moduleSpecifier.text,
    name,
    local: local.text,
    declaration,
  });
  const { name, namedBindings } = importClause;
  const first = name === undefined ? [] : [of('default', name)];
  if (namedBindings === undefined) return first;
  if (api.isNamespaceImport(namedBindings)) return [...first, of('*', namedBindings.name)];
  return [
    ...first,
    ...namedBindings.elements.map((element) =>
      of((element.propertyName ?? element.name).text, element.name),
    ),
  ];
}

function referencesIn(
  api: TypeScript,
  source: ts.SourceFile,
): ReadonlyMap<string, readonly ts.Identifier[]> {
  const found = new Map<string, ts.Identifier[]>();
  const visit = (node: ts.Node): void => {
    if (api.isImportDeclaration(node)) return;
    if (api.isIdentifier(node) && !isMemberName(api, node))
      found.set(node.text, [...(found.get(node.text) ?? []), node]);
    api.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The name of a member says nothing of what is imported. */
function isMemberName(api: TypeScript, node: ts.Identifier): boolean {
  const { parent } = node;
  if (api.isPropertyAccessExpression(parent)) return parent.name === node;
  if (api.isQualifiedName(parent)) return parent.right === node;
  const isMember =
    api.isPropertyAssignment(parent) ||
    api.isMethodDeclaration(parent) ||
    api.isPropertyDeclaration(parent) ||
    api.isPropertySignature(parent) ||
    api.isEnumMember(parent);
  return isMember && parent.name === node;
}
