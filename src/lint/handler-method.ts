/** Finds the handler around a piece of code. */
import type { ImportedNames } from './imported-names.js';
import { type Around, isA, type MethodDefinition, type SyntaxNode, unwrapped } from './syntax.js';

const VERBS = new Set(['On', 'Once', 'Subscribe', 'Deferred', 'Every']);

/** The method with a handler's decorator that the node stands in; functions within it are a part of it, classes are not. */
export function handlerAround(node: SyntaxNode, own: ImportedNames): MethodDefinition | undefined {
  for (let step = node.parent; step != null; step = step.parent) {
    if (isA(step, 'MethodDefinition')) return isHandler(step, own) ? step : undefined;
    if (isA(step, 'ClassDeclaration', 'ClassExpression')) return undefined;
  }
  return undefined;
}

/** The decorators of the method that are calls of those of this library, each with its name there. */
export function ownDecorators(
  { decorators = [] }: MethodDefinition,
  own: ImportedNames,
): readonly { readonly name: string; readonly decorator: Around }[] {
  return decorators.flatMap((decorator) => {
    const expression = unwrapped(decorator.expression);
    const name = isA(expression, 'CallExpression') ? own.nameOf(expression.callee) : undefined;
    return name === undefined ? [] : [{ name, decorator }];
  });
}

function isHandler(method: MethodDefinition, own: ImportedNames): boolean {
  return ownDecorators(method, own).some(({ name }) => VERBS.has(name));
}
