/**
 * The types of a program, as typescript-eslint's parser gives them to rules. TypeScript itself is not loaded: nodes are told apart by what they have,
 * which is the same in all of its versions, unlike the numbers of their kinds.
 */
import type { LintContext } from './eslint.js';
import type { SyntaxNode } from './syntax.js';

/** A node of TypeScript's own tree; which of the parts it has depends on its kind. */
export interface TypedNode {
  readonly parent?: TypedNode;
  readonly expression?: TypedNode;
  readonly arguments?: readonly TypedNode[];
  /** Of `a[b]`. */
  readonly argumentExpression?: TypedNode;
  readonly modifiers?: readonly TypedNode[];
  readonly name?: TypedNode;
  readonly propertyName?: TypedNode;
  readonly initializer?: TypedNode;
  readonly properties?: readonly TypedNode[];
  readonly elements?: readonly TypedNode[];
  readonly members?: readonly TypedNode[];
  readonly text?: string;
  forEachChild(visit: (child: TypedNode) => void): void;
  getSourceFile(): TypedFile;
  getStart(): number;
  getText(): string;
}

/** A file of the program. */
export interface TypedFile extends TypedNode {
  readonly fileName: string;
  readonly text: string;
  readonly isDeclarationFile: boolean;
}

/** What a name stands for. */
export interface TypedSymbol {
  readonly name: string;
  readonly flags: number;
  readonly declarations?: readonly TypedNode[];
  readonly valueDeclaration?: TypedNode;
}

/** A type. */
export interface ValueType {
  readonly symbol?: TypedSymbol;
  /** Of a literal. */
  readonly value?: unknown;
  /** Of a union. */
  readonly types?: readonly ValueType[];
  isUnion(): boolean;
  isStringLiteral(): boolean;
  getProperty(name: string): TypedSymbol | undefined;
  getCallSignatures(): readonly unknown[];
  getBaseTypes(): readonly ValueType[] | undefined;
}

/** What answers questions about types. */
export interface TypeChecker {
  getTypeAtLocation(node: TypedNode): ValueType;
  getTypeOfSymbol(symbol: TypedSymbol): ValueType;
  getDeclaredTypeOfSymbol(symbol: TypedSymbol): ValueType;
  getApparentType(type: ValueType): ValueType;
  getSymbolAtLocation(node: TypedNode): TypedSymbol | undefined;
  getAliasedSymbol(symbol: TypedSymbol): TypedSymbol;
  getShorthandAssignmentValueSymbol(property: TypedNode): TypedSymbol | undefined;
}

/** A program that TypeScript has checked. */
export interface TypedProgram {
  getTypeChecker(): TypeChecker;
  getSourceFiles(): readonly TypedFile[];
  isSourceFileFromExternalLibrary(file: TypedFile): boolean;
}

/** The types of the file that is linted, and of its program. */
export interface TypeInfo {
  readonly program: TypedProgram;
  readonly esTreeNodeToTSNodeMap: { get(node: SyntaxNode): TypedNode };
  readonly tsNodeToESTreeNodeMap: { get(node: TypedNode): SyntaxNode | undefined };
}

/** The same numbers in every version of TypeScript. */
const CLASS = 1 << 5;
const ALIAS = 1 << 21;
const OPTIONAL = 1 << 24;

/** `undefined` where the file is linted without types. */
export function typeInfoOf({ sourceCode }: LintContext): TypeInfo | undefined {
  const services = sourceCode.parserServices as { readonly program?: unknown } | undefined;
  return services?.program == null ? undefined : (services as TypeInfo);
}

/** Whether a class can only be extended. */
export function isAbstract({ modifiers = [] }: TypedNode): boolean {
  return modifiers.some((modifier) => modifier.getText() === 'abstract');
}

/** Whether a symbol is a class. */
export function isClass({ flags }: TypedSymbol): boolean {
  return (flags & CLASS) !== 0;
}

/** Whether a property may be missing. */
export function isOptional({ flags }: TypedSymbol): boolean {
  return (flags & OPTIONAL) !== 0;
}

/** What a name stands for, through any import. */
export function symbolAt(checker: TypeChecker, node: TypedNode): TypedSymbol | undefined {
  return throughImports(checker, checker.getSymbolAtLocation(node));
}

/** What the name in `{ name }` stands for. */
export function shorthandSymbol(
  checker: TypeChecker,
  property: TypedNode,
): TypedSymbol | undefined {
  return throughImports(checker, checker.getShorthandAssignmentValueSymbol(property));
}

function throughImports(
  checker: TypeChecker,
  symbol: TypedSymbol | undefined,
): TypedSymbol | undefined {
  return symbol !== undefined && (symbol.flags & ALIAS) !== 0
    ? checker.getAliasedSymbol(symbol)
    : symbol;
}

/** The types that a value may have. */
export function alternatives(type: ValueType): readonly ValueType[] {
  return type.isUnion() ? (type.types ?? []) : [type];
}

/** The text that an expression always is. */
export function constantText(checker: TypeChecker, node: TypedNode): string | undefined {
  const type = checker.getTypeAtLocation(node);
  return type.isStringLiteral() ? String(type.value) : undefined;
}

/** Whether a value of the type, or one that it may be, can be awaited. */
export function isPromise(checker: TypeChecker, type: ValueType): boolean {
  return alternatives(checker.getApparentType(type)).some((each) => {
    const then = each.getProperty('then');
    return then !== undefined && checker.getTypeOfSymbol(then).getCallSignatures().length > 0;
  });
}

/** Whether the symbol is declared by the package. */
export function isFromPackage(symbol: TypedSymbol | undefined, name: string): boolean {
  const files = symbol?.declarations?.map((node) => node.getSourceFile().fileName) ?? [];
  return files.some((file) => file.replaceAll('\\', '/').includes(`/${name}/`));
}
