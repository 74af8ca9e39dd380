/** Where a class uses what is injected into it. */
import type ts from '@typescript/typescript6';
import type { TypeScript } from './typescript.js';

/** One use: `this.emitter.emit(…)`, or anything else that is done with it. */
export interface Use {
  readonly node: ts.Node;
  /** The method that is called. */
  readonly method?: string;
  readonly call?: ts.CallExpression;
}

/** Every use of a property, and of the parameter of that name in the constructor. */
export function usesOf(
  api: TypeScript,
  found: ts.ClassLikeDeclaration,
  property: ts.ParameterDeclaration | ts.PropertyDeclaration,
): Use[] {
  const name = property.name.getText();
  const uses: Use[] = [];
  const visit = (node: ts.Node): void => {
    if (isMember(api, node, name)) uses.push(useOf(api, node));
    else if (isParameterUse(api, node, property)) uses.push({ node });
    else if (isTakenOut(api, node, name)) uses.push({ node });
    api.forEachChild(node, visit);
  };
  api.forEachChild(found, visit);
  return uses;
}

/** `this.name`, `this['name']` and `other.name` of the same class. */
function isMember(api: TypeScript, node: ts.Node, name: string): node is ts.Expression {
  if (api.isPropertyAccessExpression(node)) return node.name.text === name;
  return (
    api.isElementAccessExpression(node) &&
    api.isStringLiteralLike(node.argumentExpression) &&
    node.argumentExpression.text === name
  );
}

/** `const { name } = this`. */
function isTakenOut(api: TypeScript, node: ts.Node, name: string): boolean {
  return api.isBindingElement(node) && (node.propertyName ?? node.name).getText() === name;
}

/** The parameter itself, in the body of the constructor or as an argument of `super()`. */
function isParameterUse(
  api: TypeScript,
  node: ts.Node,
  property: ts.ParameterDeclaration | ts.PropertyDeclaration,
): boolean {
  if (!api.isParameter(property) || !api.isIdentifier(node)) return false;
  if (node.text !== property.name.getText() || node === property.name) return false;
  const { parent } = node;
  if (api.isPropertyAccessExpression(parent) && parent.name === node) return false;
  return api.findAncestor(node, (one) => one === property.parent) !== undefined;
}

function useOf(api: TypeScript, node: ts.Expression): Use {
  const { parent } = node;
  if (
    !api.isPropertyAccessExpression(node) ||
    node.expression.kind !== api.SyntaxKind.ThisKeyword ||
    !api.isPropertyAccessExpression(parent) ||
    parent.questionDotToken !== undefined
  )
    return { node };
  const call = parent.parent;
  if (!api.isCallExpression(call) || call.expression !== parent) return { node };
  return { node, method: parent.name.text, call };
}

/** Whether what a call gives goes anywhere; `await` and `void` take it, and do nothing with it. */
export function isResultUsed(api: TypeScript, call: ts.CallExpression): boolean {
  let node: ts.Node = call.parent;
  if (api.isAwaitExpression(node) || api.isVoidExpression(node)) node = node.parent;
  return !api.isExpressionStatement(node);
}
