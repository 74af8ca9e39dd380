/** The imports of a file: without what it does not use any more, and with what it uses now. */
import type ts from '@typescript/typescript6';
import type { NestFile } from './nest-file.js';
import { CQRS, EMITTER } from './packages.js';
import type { TypeScript } from './typescript.js';

const MOVED: readonly string[] = [...EMITTER, ...CQRS];

/** Rewrites them. To be called last. */
export function moveImports(api: TypeScript, file: NestFile): void {
  if (file.changes.length === 0) return;
  const declarations = file.source.statements.filter(api.isImportDeclaration);
  const [style = ''] = declarations.map((declaration) => declaration.getText());
  const left = new Map(file.added);
  for (const declaration of declarations) {
    const module = moduleOf(api, declaration);
    const added = left.get(module);
    if (added !== undefined && extend(api, file, declaration, added)) left.delete(module);
  }
  const lines = [...left]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([module, names]) => importLine([...names].sort(), module, style));
  const moved = declarations.filter((declaration) => MOVED.includes(moduleOf(api, declaration)));
  for (const declaration of moved) {
    const kept = keptText(api, declaration, file);
    // The first is in the place of what is taken out.
    const text = [...lines.splice(0), ...(kept === undefined ? [] : [kept])].join(file.newline);
    rewrite(file, declaration, text);
  }
  if (lines.length > 0) insert(file, declarations, lines);
}

function moduleOf(api: TypeScript, { moduleSpecifier }: ts.ImportDeclaration): string {
  return api.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : '';
}

/** Adds names to an import that there is; not to one of types alone. */
function extend(
  api: TypeScript,
  file: NestFile,
  { importClause }: ts.ImportDeclaration,
  names: ReadonlySet<string>,
): boolean {
  const bindings = importClause?.namedBindings;
  if (bindings === undefined || !api.isNamedImports(bindings) || importClause?.isTypeOnly === true)
    return false;
  const known = bindings.elements.map((element) => element.getText());
  const all = [...new Set([...known, ...names])].sort(byName);
  file.replaceRange(bindings.getStart(file.source), bindings.getEnd(), `{ ${all.join(', ')} }`);
  return true;
}

/** The declaration with the names that are used; `undefined` where none is. */
function keptText(
  api: TypeScript,
  declaration: ts.ImportDeclaration,
  file: NestFile,
): string | undefined {
  const { importClause } = declaration;
  const bindings = importClause?.namedBindings;
  if (importClause === undefined || bindings === undefined || !api.isNamedImports(bindings))
    return declaration.getText();
  const kept = bindings.elements.filter(({ name }) => file.isUsed(name.text));
  if (kept.length === bindings.elements.length) return declaration.getText();
  const names = [
    ...(importClause.name === undefined ? [] : [importClause.name.text]),
    ...(kept.length === 0 ? [] : [`{ ${kept.map((element) => element.getText()).join(', ')} }`]),
  ];
  if (names.length === 0) return undefined;
  const type = importClause.isTypeOnly ? 'type ' : '';
  const from = file.source.text.slice(bindings.getEnd(), declaration.getEnd());
  return `import ${type}${names.join(', ')}${from}`;
}

function rewrite(file: NestFile, declaration: ts.ImportDeclaration, text: string): void {
  const { source } = file;
  const end = declaration.getEnd();
  // A line that is empty now goes.
  const isLine = text === '' && source.text.startsWith(file.newline, end);
  const gone = isLine ? end + file.newline.length : end;
  file.replaceRange(declaration.getStart(source), gone, text);
}

/** Behind the last import; at the top of a file without one. */
function insert(
  file: NestFile,
  declarations: readonly ts.ImportDeclaration[],
  lines: readonly string[],
): void {
  const last = declarations.at(-1);
  const text = lines.join(file.newline);
  if (last === undefined) file.replaceRange(0, 0, `${text}${file.newline}`);
  else file.replaceRange(last.getEnd(), last.getEnd(), `${file.newline}${text}`);
}

/** In the style of the file: its quotes, and whether it ends lines with a semicolon. */
function importLine(names: readonly string[], module: string, style: string): string {
  const quote = style.includes('"') ? '"' : "'";
  const end = style === '' || style.endsWith(';') ? ';' : '';
  return `import { ${names.join(', ')} } from ${quote}${module}${quote}${end}`;
}

/** As formatters sort them: without the word `type`. */
function byName(one: string, other: string): number {
  const [first, second] = [one, other].map((text) => text.replace(/^type /, '').toLowerCase());
  return (first as string) < (second as string) ? -1 : 1;
}
