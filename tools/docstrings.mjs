/**
 * Finds members of published classes, interfaces and object types without a docstring, which an editor shows where they are used.
 * A part of `npm run lint`.
 */
import { relative, resolve } from 'node:path';
import ts from '@typescript/typescript6';

const root = resolve(import.meta.dirname, '..');
const { options } = ts.getParsedCommandLineOfConfigFile(
  resolve(root, 'tsconfig.json'),
  {},
  {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => console.error(messageText),
  },
);
const entries = Object.values(options.paths).map(([file]) => resolve(root, file));
const program = ts.createProgram(entries, options);
const checker = program.getTypeChecker();

/** Parts of what other packages give to this one: their own pages describe them. */
const MIRRORS = new Set([
  'CarillonModuleAsyncOptions',
  'ClosingSocket',
  'Connection',
  'HonoContext',
  'NodeRequest',
  'NodeResponse',
]);

/** What an override does is said where it was declared first. */
const HIDDEN = ts.ModifierFlags.Private | ts.ModifierFlags.Override;

const missing = new Set(entries.flatMap(published).flatMap(bareMembers));
for (const member of missing) console.error(`${member} has no docstring.`);
if (missing.size > 0) process.exitCode = 1;
else console.log('Every published member has a docstring.');

/** @param {string} entry */
function published(entry) {
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry));
  return checker
    .getExportsOfModule(module)
    .map((symbol) =>
      symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
    );
}

/** Of what the package itself declares. @param {ts.Symbol} symbol */
function bareMembers(symbol) {
  if (MIRRORS.has(symbol.name)) return [];
  return (symbol.declarations ?? [])
    .filter((one) => !program.isSourceFileFromExternalLibrary(one.getSourceFile()))
    .flatMap(membersOf)
    .filter(isBare)
    .map((member) => `${placeOf(member)} ${symbol.name}.${member.name.getText()}`);
}

/** @param {ts.Declaration} declaration */
function membersOf(declaration) {
  if (ts.isInterfaceDeclaration(declaration)) return [...declaration.members];
  if (ts.isClassDeclaration(declaration))
    return declaration.members.flatMap((member) =>
      ts.isConstructorDeclaration(member)
        ? member.parameters.filter((one) => ts.isParameterPropertyDeclaration(one, member))
        : [member],
    );
  return ts.isTypeAliasDeclaration(declaration) && ts.isTypeLiteralNode(declaration.type)
    ? [...declaration.type.members]
    : [];
}

/** One that others see, and nothing is said about; what a base says counts. */
function isBare(member) {
  const { name } = member;
  // A name that is a symbol says what it is for.
  if (!name || ts.isPrivateIdentifier(name) || ts.isComputedPropertyName(name)) return false;
  if (ts.getCombinedModifierFlags(member) & HIDDEN) return false;
  const symbol = checker.getSymbolAtLocation(name);
  if (symbol === undefined || symbol.getDocumentationComment(checker).length > 0) return false;
  // One signature of an overload speaks for all, and a tag such as `@internal` is a word as well.
  return !symbol.declarations.some((one) => ts.getJSDocCommentsAndTags(one).length > 0);
}

/** @param {ts.Node} node */
function placeOf(node) {
  const source = node.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(node.getStart());
  return `${relative(root, source.fileName)}:${line + 1}`;
}
