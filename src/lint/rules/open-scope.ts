/** Plain child containers: what is built in them hears nothing (`CAR2004`). */
import type { LintContext, LintRule } from '../eslint.js';
import { ImportedNames } from '../imported-names.js';
import {
  type CallExpression,
  isA,
  type MemberExpression,
  memberName,
  propertyOf,
} from '../syntax.js';
import { isFromPackage, typeInfoOf } from '../type-info.js';

/** The methods that open a plain child, by their packages. */
const OPENERS = { createChildContainer: 'tsyringe', createScope: 'awilix' } as const;

export const openScope: LintRule = {
  meta: {
    type: 'problem',
    docs: { description: 'Child containers are opened with a scope' },
    messages: {
      plain:
        'A child made by {{call}} has no scope: the handlers of what it builds are never called (CAR2004). Write openScope(parent) of carillon/{{from}}.',
    },
    schema: [],
  },
  create(context) {
    const inversify = new ImportedNames(context.sourceCode.ast, 'inversify');
    const isMethodOf = methodTest(context);
    return {
      NewExpression(node: CallExpression) {
        if (inversify.nameOf(node.callee) !== 'Container') return;
        if (propertyOf(node.arguments[0], 'parent') === undefined) return;
        const data = { call: 'new Container({ parent })', from: 'inversify' };
        context.report({ node, messageId: 'plain', data });
      },
      CallExpression(node: CallExpression) {
        const name = memberName(node.callee);
        if (!isA(node.callee, 'MemberExpression') || !isOpener(name)) return;
        const from = OPENERS[name];
        if (!isMethodOf(node.callee, from)) return;
        context.report({ node, messageId: 'plain', data: { call: `${name}()`, from } });
      },
    };
  },
};

function isOpener(name: string | undefined): name is keyof typeof OPENERS {
  return name !== undefined && Object.hasOwn(OPENERS, name);
}

/** With types, by where the method is declared; without them, by what the file imports. */
function methodTest(context: LintContext): (callee: MemberExpression, from: string) => boolean {
  const info = typeInfoOf(context);
  if (info === undefined)
    return (_callee, from) => new ImportedNames(context.sourceCode.ast, from).isImported;
  const checker = info.program.getTypeChecker();
  return ({ property }, from) =>
    isFromPackage(checker.getSymbolAtLocation(info.esTreeNodeToTSNodeMap.get(property)), from);
}
