/** The syntax tree of a file as ESLint's parsers make it: the nodes that the rules look at, and what they say. */

/** Any node. */
export interface SyntaxNode {
  /** Its name in ESTree, such as `'ClassDeclaration'`. */
  readonly type: string;
  /** Of the root, some parsers make it `null`. */
  readonly parent?: SyntaxNode | null;
}

interface Identifier extends SyntaxNode {
  readonly name: string;
}

interface Literal extends SyntaxNode {
  readonly value?: unknown;
}

interface TemplateLiteral extends SyntaxNode {
  readonly expressions: readonly SyntaxNode[];
  readonly quasis: readonly { readonly value: { readonly cooked?: string | null } }[];
}

interface ArrayExpression extends SyntaxNode {
  readonly elements: readonly (SyntaxNode | null)[];
}

interface ObjectExpression extends SyntaxNode {
  readonly properties: readonly SyntaxNode[];
}

interface Property extends SyntaxNode {
  readonly key: SyntaxNode;
  readonly value: SyntaxNode;
  readonly computed: boolean;
}

/** `a.b` and `a[b]`. */
export interface MemberExpression extends SyntaxNode {
  readonly object: SyntaxNode;
  readonly property: SyntaxNode;
  readonly computed: boolean;
}

/** `f(…)`. */
export interface CallExpression extends SyntaxNode {
  readonly callee: SyntaxNode;
  readonly arguments: readonly SyntaxNode[];
}

/** `{ expression }` of many kinds: an `await`, a decorator, a statement. */
export interface Around extends SyntaxNode {
  readonly expression: SyntaxNode;
}

interface Branches extends SyntaxNode {
  readonly consequent: SyntaxNode;
  readonly alternate: SyntaxNode;
}

interface Sides extends SyntaxNode {
  readonly left: SyntaxNode;
  readonly right: SyntaxNode;
}

interface Sequence extends SyntaxNode {
  readonly expressions: readonly SyntaxNode[];
}

interface Unary extends SyntaxNode {
  readonly operator: string;
}

/** A method of a class with its decorators. */
export interface MethodDefinition extends SyntaxNode {
  readonly key: SyntaxNode;
  readonly computed: boolean;
  readonly decorators?: readonly Around[];
}

/** A class, declared or within an expression. */
export interface ClassNode extends SyntaxNode {
  readonly id: Identifier | null;
  /** Only TypeScript's parser says so. */
  readonly abstract?: boolean;
  readonly body: { readonly body: readonly SyntaxNode[] };
}

interface FunctionNode extends SyntaxNode {
  readonly async: boolean;
  /** A block, or the value of an arrow function. */
  readonly body: SyntaxNode;
}

interface ImportDeclaration extends SyntaxNode {
  readonly source: { readonly value: unknown };
  readonly specifiers: readonly (SyntaxNode & {
    readonly local: Identifier;
    readonly imported?: Identifier | Literal;
  })[];
}

interface Program extends SyntaxNode {
  readonly body: readonly SyntaxNode[];
}

/** The nodes that are told apart, by their types. */
interface Shapes {
  Identifier: Identifier;
  PrivateIdentifier: Identifier;
  Literal: Literal;
  TemplateLiteral: TemplateLiteral;
  ArrayExpression: ArrayExpression;
  ObjectExpression: ObjectExpression;
  Property: Property;
  MemberExpression: MemberExpression;
  CallExpression: CallExpression;
  NewExpression: CallExpression;
  ChainExpression: Around;
  ParenthesizedExpression: Around;
  TSAsExpression: Around;
  TSInstantiationExpression: Around;
  TSNonNullExpression: Around;
  TSSatisfiesExpression: Around;
  TSTypeAssertion: Around;
  ConditionalExpression: Branches;
  LogicalExpression: Sides;
  AssignmentExpression: Sides;
  SequenceExpression: Sequence;
  UnaryExpression: Unary;
  AwaitExpression: SyntaxNode;
  MethodDefinition: MethodDefinition;
  ClassDeclaration: ClassNode;
  ClassExpression: ClassNode;
  FunctionDeclaration: FunctionNode;
  FunctionExpression: FunctionNode;
  ArrowFunctionExpression: FunctionNode;
  ImportDeclaration: ImportDeclaration;
  Program: Program;
}

/** Whether the node is of one of those types. */
export function isA<Type extends keyof Shapes>(
  node: SyntaxNode | null | undefined,
  ...types: readonly Type[]
): node is Shapes[Type] {
  return node != null && (types as readonly string[]).includes(node.type);
}

/** The expression in the middle of what does not change its value: types, `!`, `?.`, parentheses. */
export function unwrapped(node: SyntaxNode): SyntaxNode;
export function unwrapped(node: SyntaxNode | undefined): SyntaxNode | undefined;
export function unwrapped(node: SyntaxNode | undefined): SyntaxNode | undefined {
  let inner = node;
  while (isWrapper(inner)) inner = inner.expression;
  return inner;
}

function isWrapper(node: SyntaxNode | undefined): node is Around {
  return isA(
    node,
    'ChainExpression',
    'ParenthesizedExpression',
    'TSAsExpression',
    'TSInstantiationExpression',
    'TSNonNullExpression',
    'TSSatisfiesExpression',
    'TSTypeAssertion',
  );
}

/** The name behind the dot of `a.b`, `a?.b` and `a['b']`. */
export function memberName(wrapped: SyntaxNode): string | undefined {
  const node = unwrapped(wrapped);
  if (!isA(node, 'MemberExpression')) return undefined;
  if (node.computed) return literalText(node.property);
  return isA(node.property, 'Identifier') ? node.property.name : undefined;
}

/** The text of a literal that is a string. */
export function literalText(wrapped: SyntaxNode | undefined): string | undefined {
  const node = unwrapped(wrapped);
  if (isA(node, 'Literal')) return typeof node.value === 'string' ? node.value : undefined;
  if (!isA(node, 'TemplateLiteral') || node.expressions.length > 0) return undefined;
  return node.quasis[0]?.value.cooked ?? undefined;
}

/** The values of an array literal, or the value that stands there alone. */
export function listed(wrapped: SyntaxNode): readonly SyntaxNode[] {
  const node = unwrapped(wrapped);
  if (!isA(node, 'ArrayExpression')) return [node];
  return node.elements.filter((element) => element !== null);
}

/** The value of a property of an object literal. */
export function propertyOf(options: SyntaxNode | undefined, name: string): SyntaxNode | undefined {
  const node = unwrapped(options);
  if (!isA(node, 'ObjectExpression')) return undefined;
  const found = node.properties.find(
    (property) => isA(property, 'Property') && keyText(property) === name,
  );
  return isA(found, 'Property') ? found.value : undefined;
}

/** Whether an object literal has nothing but properties whose names can be read. */
export function isReadable(options: SyntaxNode | undefined): boolean {
  const node = unwrapped(options);
  if (node === undefined) return true;
  if (!isA(node, 'ObjectExpression')) return false;
  return node.properties.every(
    (property) => isA(property, 'Property') && keyText(property) !== undefined,
  );
}

/** The class that has the method. */
export function classOf(method: MethodDefinition): ClassNode | undefined {
  const around = method.parent?.parent;
  return isA(around, 'ClassDeclaration', 'ClassExpression') ? around : undefined;
}

/** The class around a method, and how the method is called in it: `Till.place`. */
export function methodText(method: MethodDefinition): string {
  return `${classOf(method)?.id?.name ?? '(anonymous class)'}.${keyText(method) ?? '(computed)'}`;
}

/** The name of a method or a property, unless it is known at run time only. */
export function keyText({ key, computed }: MethodDefinition | Property): string | undefined {
  if (!computed && isA(key, 'Identifier', 'PrivateIdentifier')) return key.name;
  return literalText(key);
}
