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
  TSAsExpression: Around;
  TSNonNullExpression: Around;
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

/** The name behind the dot of `a.b`, and of `a?.b`. */
export function memberName(node: SyntaxNode): string | undefined {
  if (!isA(node, 'MemberExpression') || node.computed) return undefined;
  return isA(node.property, 'Identifier') ? node.property.name : undefined;
}

/** The text of a literal that is a string. */
export function literalText(node: SyntaxNode | undefined): string | undefined {
  if (isA(node, 'Literal')) return typeof node.value === 'string' ? node.value : undefined;
  if (!isA(node, 'TemplateLiteral') || node.expressions.length > 0) return undefined;
  return node.quasis[0]?.value.cooked ?? undefined;
}

/** The values of an array literal, or the value that stands there alone. */
export function listed(node: SyntaxNode): readonly SyntaxNode[] {
  if (!isA(node, 'ArrayExpression')) return [node];
  return node.elements.filter((element) => element !== null);
}

/** The value of a property of an object literal. */
export function propertyOf(node: SyntaxNode | undefined, name: string): SyntaxNode | undefined {
  if (!isA(node, 'ObjectExpression')) return undefined;
  const found = node.properties.find(
    (property) =>
      isA(property, 'Property') &&
      !property.computed &&
      (isA(property.key, 'Identifier') ? property.key.name : literalText(property.key)) === name,
  );
  return isA(found, 'Property') ? found.value : undefined;
}

/** Whether an object literal has nothing but properties whose names can be read. */
export function isReadable(node: SyntaxNode | undefined): boolean {
  if (node === undefined) return true;
  if (!isA(node, 'ObjectExpression')) return false;
  return node.properties.every((property) => isA(property, 'Property') && !property.computed);
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

/** The name of a method, unless it is computed. */
export function keyText({ key, computed }: MethodDefinition): string | undefined {
  if (computed) return undefined;
  if (isA(key, 'Identifier', 'PrivateIdentifier')) return key.name;
  return literalText(key);
}
