/** How expressions are read in TypeScript's own tree. */
import {
  constantText,
  shorthandSymbol,
  symbolAt,
  type TypeChecker,
  type TypedNode,
  type TypedSymbol,
} from './type-info.js';

/** The expression in the middle of what does not change its value: types, `!`, parentheses. */
export function unwrappedTyped(node: TypedNode): TypedNode {
  let inner = node;
  while (isWrapper(inner)) inner = inner.expression;
  return inner;
}

/** `(a)`, `<T>a`, or what begins with the expression: `a as T`, `a satisfies T`, `a!`. Not `await a`, `a.b`, `a[b]`, `a()`. */
function isWrapper(node: TypedNode): node is TypedNode & { readonly expression: TypedNode } {
  const { expression } = node;
  if (expression === undefined || (node.name ?? node.arguments ?? node.argumentExpression))
    return false;
  return expression.getStart() === node.getStart() || /^[(<]/.test(node.getText());
}

/** What an expression names: the last part of `a.b`. */
export function namedSymbol(checker: TypeChecker, node: TypedNode): TypedSymbol | undefined {
  const inner = unwrappedTyped(node);
  return symbolAt(checker, inner.name ?? inner);
}

/** The values of an array literal as they stand there, or the value that stands there alone. */
export function writtenElements(node: TypedNode): readonly TypedNode[] {
  const inner = unwrappedTyped(node);
  return inner.elements?.map(unwrappedTyped) ?? [inner];
}

/** The values of an array literal, also of one in a constant or spread into another, or the value that stands there alone. */
export function elementsOf(checker: TypeChecker, node: TypedNode): readonly TypedNode[] {
  return writtenElements(literalOf(checker, node)).flatMap((each) => {
    const spread = spreadOf(each);
    return spread === undefined ? [each] : elementsOf(checker, spread);
  });
}

/** The properties of an object literal, also of one in a constant or spread into another; `undefined` where one cannot be read. */
export function propertiesOf(
  checker: TypeChecker,
  node: TypedNode,
): readonly TypedNode[] | undefined {
  const found: TypedNode[] = [];
  const { properties } = literalOf(checker, node);
  for (const property of properties ?? []) {
    const spread = spreadOf(property);
    const isKnown = spread !== undefined || keyOf(checker, property) !== undefined;
    const named = spread === undefined ? [property] : propertiesOf(checker, spread);
    if (!isKnown || named === undefined) return undefined;
    found.push(...named);
  }
  return properties && found;
}

/** The name of a method or a property, also of `['send']`, and of a constant between the brackets. */
export function keyOf(checker: TypeChecker, { name }: TypedNode): string | undefined {
  return name?.expression === undefined ? name?.text : constantText(checker, name.expression);
}

/** What a property of an object literal is set to, also in `{ name }`. */
export function propertyValue(
  checker: TypeChecker,
  options: TypedNode,
  name: string,
): TypedNode | undefined {
  // The last one counts.
  const property = propertiesOf(checker, options)?.findLast(
    (each) => keyOf(checker, each) === name,
  );
  if (property === undefined || property.initializer !== undefined) return property?.initializer;
  return shorthandSymbol(checker, property)?.valueDeclaration?.name ?? property.name;
}

/** The literal behind the name of a constant, if it is one of an array or an object. */
function literalOf(checker: TypeChecker, node: TypedNode): TypedNode {
  const inner = unwrappedTyped(node);
  if (isLiteral(inner)) return inner;
  const { initializer, parent } = namedSymbol(checker, inner)?.valueDeclaration ?? {};
  if (initializer === undefined || !parent?.getText().startsWith('const ')) return inner;
  const value = unwrappedTyped(initializer);
  return isLiteral(value) ? value : inner;
}

function isLiteral({ elements, properties }: TypedNode): boolean {
  return (elements ?? properties) !== undefined;
}

function spreadOf(node: TypedNode): TypedNode | undefined {
  return node.getText().startsWith('...') ? node.expression : undefined;
}
