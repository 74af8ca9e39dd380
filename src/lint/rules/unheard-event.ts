/** Events that are sent, and that nobody hears. */
import { topicMatches } from '../../events/topic-tree.js';
import type { LintContext, LintRule } from '../eslint.js';
import { type EventRef, sentRefs } from '../event-ref.js';
import { ownNames } from '../imported-names.js';
import { HEARING, ProgramEvents, type Way } from '../program-events.js';
import {
  type Around,
  type CallExpression,
  isA,
  literalText,
  memberName,
  type SyntaxNode,
  unwrapped,
} from '../syntax.js';
import { isFromPackage, type TypeInfo, typeInfoOf } from '../type-info.js';

/** What sends, and in which way. */
const VERBS: Readonly<Record<string, Way>> = {
  emit: 'emit',
  emitAsync: 'emit',
  publish: 'publish',
  defer: 'defer',
};

/** By what an event is heard that is sent so. */
const DECORATORS: Readonly<Record<Way, string>> = {
  emit: '@On',
  publish: '@Subscribe',
  defer: '@Deferred',
};

/** Of `settings.carillon`. */
interface LintSettings {
  /** Names and patterns of events that are heard elsewhere. */
  readonly heard?: readonly string[];
}

export const unheardEvent: LintRule = {
  meta: {
    type: 'suggestion',
    docs: { description: 'Somebody hears each event that is sent' },
    messages: {
      unheard:
        'Nobody hears {{event}}: no handler has {{decorator}} for it. Write one, or name it in settings.carillon.heard if another program hears it.',
      otherWay:
        '{{event}} is sent by {{verb}}, which no handler hears. Its handlers have {{heardBy}}: send it by {{instead}}.',
    },
    schema: [],
  },
  create(context) {
    const { heard } = settingsOf(context);
    const info = typeInfoOf(context);
    if (info !== undefined) return typedVisitor(context, info, heard ?? []);
    return heard === undefined ? {} : plainVisitor(context, heard);
  },
};

function settingsOf({ settings }: LintContext): LintSettings {
  return (settings as { readonly carillon?: LintSettings }).carillon ?? {};
}

/** With types: by the whole program. */
function typedVisitor(context: LintContext, info: TypeInfo, elsewhere: readonly string[]) {
  const checker = info.program.getTypeChecker();
  const typed = (node: SyntaxNode) => info.esTreeNodeToTSNodeMap.get(node);
  return {
    CallExpression(node: CallExpression) {
      const [verb, event] = sending(node);
      const callee = unwrapped(node.callee);
      if (verb === undefined || event === undefined || !isA(callee, 'MemberExpression')) return;
      const method = checker.getSymbolAtLocation(typed(callee.property));
      if (!isFromPackage(method, 'carillon')) return;
      for (const ref of sentRefs(checker, typed(event)) ?? [])
        if (!isNamed(ref, elsewhere))
          reportUnheard(context, node, {
            verb,
            ref,
            ways: ProgramEvents.of(info.program).waysOf(ref),
          });
    },
  };
}

/** Without types: what is not in the list, and has no handler in the file. */
function plainVisitor(context: LintContext, elsewhere: readonly string[]) {
  const own = ownNames(context.sourceCode.ast);
  const named = new Set<string>();
  const sent: { readonly node: SyntaxNode; readonly verb: string; readonly ref: EventRef }[] = [];
  return {
    Decorator({ expression: wrapped }: Around) {
      const expression = unwrapped(wrapped);
      if (isA(expression, 'CallExpression') && own.nameOf(expression.callee) !== 'Emits')
        for (const name of namesIn(expression.arguments[0])) named.add(name);
    },
    CallExpression(node: CallExpression) {
      if (HEARING.has(memberName(node.callee) ?? ''))
        for (const name of node.arguments.flatMap(namesIn)) named.add(name);
      const [verb, given] = sending(node);
      const event = unwrapped(given);
      if (verb === undefined || event === undefined || !own.isImported) return;
      // What a variable holds is not known.
      const [name] = isA(event, 'NewExpression') ? namesIn(event.callee) : [literalText(event)];
      if (name !== undefined) sent.push({ node, verb, ref: { name, text: name } });
    },
    'Program:exit'() {
      for (const { node, verb, ref } of sent)
        if (!isNamed(ref, [...elsewhere, ...named]))
          reportUnheard(context, node, { verb, ref, ways: new Set() });
    },
  };
}

interface Sent {
  readonly verb: string;
  readonly ref: EventRef;
  readonly ways: ReadonlySet<Way>;
}

function reportUnheard(context: LintContext, node: SyntaxNode, { verb, ref, ways }: Sent): void {
  const way = VERBS[verb] as Way;
  if (ways.has(way)) return;
  const [instead] = ways;
  const event = ref.text;
  if (instead === undefined)
    context.report({ node, messageId: 'unheard', data: { event, decorator: DECORATORS[way] } });
  else {
    const data = { event, verb, heardBy: DECORATORS[instead], instead };
    context.report({ node, messageId: 'otherWay', data });
  }
}

/** The verb of a call that sends, and what is sent. */
function sending({ callee, arguments: given }: CallExpression): readonly [string?, SyntaxNode?] {
  const verb = memberName(callee);
  const [event] = given;
  return verb === undefined || event === undefined || !Object.hasOwn(VERBS, verb)
    ? []
    : [verb, event];
}

/** The names of classes, tokens and topics in an expression. */
function namesIn(wrapped: SyntaxNode | undefined): readonly string[] {
  const node = unwrapped(wrapped);
  if (isA(node, 'ArrayExpression'))
    return node.elements.flatMap((element) => namesIn(element ?? undefined));
  const name = isA(node, 'Identifier') ? node.name : literalText(node);
  return name === undefined ? [] : [name];
}

function isNamed({ name, text }: EventRef, names: readonly string[]): boolean {
  return names.some((each) => each === text || (name !== undefined && topicMatches(each, name)));
}
