/** Decorators without parentheses: they declare nothing (`CAR1010`). */
import type { LintRule } from '../eslint.js';
import { ownNames } from '../imported-names.js';
import type { Around } from '../syntax.js';

/** All of them take parentheses. */
const DECORATORS = new Set([
  'On',
  'Once',
  'Subscribe',
  'Deferred',
  'Every',
  'Emits',
  'EventType',
  'Listener',
]);

export const decoratorCall: LintRule = {
  meta: {
    type: 'problem',
    docs: { description: 'Decorators need parentheses' },
    messages: {
      bare: '@{{name}} has no parentheses, so it declares nothing (CAR1010). Write @{{name}}(…).',
    },
    schema: [],
  },
  create(context) {
    const own = ownNames(context.sourceCode.ast);
    return {
      Decorator(node: Around) {
        const name = own.nameOf(node.expression);
        if (name === undefined || !DECORATORS.has(name)) return;
        context.report({ node, messageId: 'bare', data: { name } });
      },
    };
  },
};
