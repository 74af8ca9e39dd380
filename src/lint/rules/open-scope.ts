/** Plain child containers: what is built in them hears nothing (`CAR2004`). */
import type { LintContext, LintRule } from '../eslint.js';
import { ImportedNames } from '../imported-names.js';
import {
  type CallExpression,
  isA,
  type MemberExpression,
  memberName,
  propertyOf,
  type SyntaxNode,
  unwrapped,
} from '../syntax.js';
import { isFromPackage, isOptional, typeInfoOf } from '../type-info.js';

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
    const hasParent = parentTest(context);
    return {
      NewExpression(node: CallExpression) {
        if (inversify.nameOf(node.callee) !== 'Container') return;
        const [options] = node.arguments;
        if (options === undefined || !hasParent(options)) return;
        const data = { call: 'new Container({ parent })', from: 'inversify' };
        context.report({ node, messageId: 'plain', data });
      },
      CallExpression(node: CallExpression) {
        const callee = unwrapped(node.callee);
        const name = memberName(callee);
        if (!isA(callee, 'MemberExpression') || !isOpener(name)) return;
        const from = OPENERS[name];
        if (!isMethodOf(callee, from)) return;
        context.report({ node, messageId: 'plain', data: { call: `${name}()`, from } });
      },
    };
  },
};

function isOpener(name: string | undefined): name is keyof typeof OPENERS {
  return name !== undefined && Object.hasOwn(OPENERS, name);
}

/** With types, also in options that stand elsewhere. One that may be missing, or `undefined`, is none. */
function parentTest(context: LintContext): (options: SyntaxNode) => boolean {
  const isWritten = (options: SyntaxNode) => {
    const parent = unwrapped(propertyOf(options, 'parent'));
    return parent !== undefined && !(isA(parent, 'Identifier') && parent.name === 'undefined');
  };
  const info = typeInfoOf(context);
  if (info === undefined) return isWritten;
  const checker = info.program.getTypeChecker();
  return (options) => {
    if (isA(unwrapped(options), 'ObjectExpression') && propertyOf(options, 'parent') !== undefined)
      return isWritten(options);
    const type = checker.getTypeAtLocation(info.esTreeNodeToTSNodeMap.get(options));
    const parent = type.getProperty('parent');
    return parent !== undefined && !isOptional(parent);
  };
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
