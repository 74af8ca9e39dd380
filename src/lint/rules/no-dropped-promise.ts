/** Promises that a handler begins and does not wait for. */
import type { LintContext, LintFixer, LintReport, LintRule } from '../eslint.js';
import { handlerAround } from '../handler-method.js';
import { ownNames } from '../imported-names.js';
import { type Around, isA, memberName, methodText, type SyntaxNode, unwrapped } from '../syntax.js';
import { isPromise, typeInfoOf } from '../type-info.js';

/** What is known to give a promise without its type. */
const ASYNC_CALLS = new Set(['emitAsync', 'publish', 'defer', 'deferAll', 'disposeAsync']);

export const noDroppedPromise: LintRule = {
  meta: {
    type: 'problem',
    docs: { description: 'Handlers wait for the promises that they begin' },
    hasSuggestions: true,
    messages: {
      dropped:
        '{{handler}} does not wait for this promise: its failure goes unhandled, and neither the queue nor the end of the scope waits for it. Await or return it; write void where that is meant.',
      await: 'Await it.',
      void: 'Mark it as meant: void.',
    },
    schema: [],
  },
  create(context) {
    const own = ownNames(context.sourceCode.ast);
    const givesPromise = promiseTest(context);
    return {
      ExpressionStatement(statement: Around) {
        const handler = handlerAround(statement, own);
        if (handler === undefined) return;
        for (const node of droppedValues(statement.expression).filter(givesPromise))
          context.report({
            node,
            messageId: 'dropped',
            data: { handler: methodText(handler) },
            suggest: suggestions(node),
          });
        for (const node of ignoredValues(statement.expression, givesPromise))
          context.report({ node, messageId: 'dropped', data: { handler: methodText(handler) } });
      },
    };
  },
};

/** With types, any promise; without them, the calls that are known. */
function promiseTest(context: LintContext): (node: SyntaxNode) => boolean {
  const info = typeInfoOf(context);
  if (info === undefined)
    return (node) => isA(node, 'CallExpression') && ASYNC_CALLS.has(memberName(node.callee) ?? '');
  const checker = info.program.getTypeChecker();
  return (node) =>
    isPromise(checker, checker.getTypeAtLocation(info.esTreeNodeToTSNodeMap.get(node)));
}

/** The values of a statement's expression that nothing takes. */
function droppedValues(expression: SyntaxNode): readonly SyntaxNode[] {
  const node = unwrapped(expression);
  if (isA(node, 'LogicalExpression')) return droppedValues(node.right);
  if (isA(node, 'ConditionalExpression'))
    return [...droppedValues(node.consequent), ...droppedValues(node.alternate)];
  if (isA(node, 'SequenceExpression')) return node.expressions.flatMap(droppedValues);
  if (isA(node, 'AssignmentExpression', 'AwaitExpression', 'UnaryExpression')) return [];
  return isSettled(node) ? [] : [node];
}

/** What the function gives that is passed to `forEach`, which takes no values. An `await` would not help. */
function ignoredValues(
  expression: SyntaxNode,
  givesPromise: (node: SyntaxNode) => boolean,
): readonly SyntaxNode[] {
  const call = unwrapped(expression);
  if (!isA(call, 'CallExpression') || memberName(call.callee) !== 'forEach') return [];
  const given = unwrapped(call.arguments[0]);
  if (!isA(given, 'ArrowFunctionExpression', 'FunctionExpression')) return [];
  if (given.async) return [given];
  return given.body.type === 'BlockStatement' ? [] : droppedValues(given.body).filter(givesPromise);
}

/** Whether somebody hears of the failure: `.catch(…)`, `.then(…, …)`, and `.finally(…)` of such a promise. */
function isSettled(wrapped: SyntaxNode): boolean {
  const node = unwrapped(wrapped);
  if (!isA(node, 'CallExpression')) return false;
  const callee = unwrapped(node.callee);
  if (!isA(callee, 'MemberExpression')) return false;
  const count = node.arguments.length;
  switch (memberName(callee)) {
    case 'catch':
      return count > 0;
    case 'then':
      return count > 1;
    case 'finally':
      return isSettled(callee.object);
    default:
      return false;
  }
}

function suggestions(node: SyntaxNode): NonNullable<LintReport['suggest']> {
  const before = (word: string) => ({
    messageId: word,
    fix: (fixer: LintFixer) => fixer.insertTextBefore(node, `${word} `),
  });
  return isInAsync(node) ? [before('await'), before('void')] : [before('void')];
}

function isInAsync(node: SyntaxNode): boolean {
  for (let step = node.parent; step != null; step = step.parent)
    if (isA(step, 'FunctionExpression', 'ArrowFunctionExpression', 'FunctionDeclaration'))
      return step.async;
  return false;
}
