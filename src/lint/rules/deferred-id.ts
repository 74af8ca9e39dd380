/** Deferred handlers that share an id in a queue: a stored message of one could be done by the other (`CAR5005`). */
import type { LintContext, LintRule } from '../eslint.js';
import { ownDecorators } from '../handler-method.js';
import { ownNames } from '../imported-names.js';
import { ProgramEvents } from '../program-events.js';
import { syntaxReading } from '../reading.js';
import { type StoredIds, storedIds } from '../stored-ids.js';
import {
  classOf,
  isA,
  keyText,
  type MethodDefinition,
  methodText,
  type SyntaxNode,
} from '../syntax.js';
import { typeInfoOf } from '../type-info.js';

/** The options of the rule. */
interface DeferredIdOptions {
  /** Queues that are never stored, where an id means nothing. */
  readonly memory?: readonly string[];
}

/** One `@Deferred`. */
interface Site extends StoredIds {
  /** Tells methods apart whose names are alike. */
  readonly method: object;
  readonly text: string;
  /** Of another file; `undefined` for those of the file that is linted. */
  readonly file?: string;
  /** In the file that is linted. */
  readonly node?: SyntaxNode | undefined;
}

export const deferredId: LintRule = {
  meta: {
    type: 'problem',
    docs: { description: 'Deferred handlers of one queue have ids of their own' },
    messages: {
      shared:
        '{{own}} and {{other}} share the id "{{id}}" in queue "{{queue}}": a stored message of one could be handled by the other (CAR5005). Give each an id of its own: @Deferred(…, { id: \'…\' }).',
    },
    schema: [
      {
        type: 'object',
        additionalProperties: false,
        properties: { memory: { type: 'array', items: { type: 'string' } } },
      },
    ],
  },
  create(context) {
    const { memory = [] } = (context.options[0] ?? {}) as DeferredIdOptions;
    const inFile: Site[] = [];
    const own = ownNames(context.sourceCode.ast);
    return {
      MethodDefinition(method: MethodDefinition) {
        for (const { name, decorator } of ownDecorators(method, own))
          if (name === 'Deferred') inFile.push(...siteOf(method, decorator));
      },
      'Program:exit'() {
        const all = programSites(context) ?? inFile;
        for (const site of all)
          if (site.node !== undefined && !memory.includes(site.queue))
            reportShared(context, site, all);
      },
    };
  },
};

function reportShared(context: LintContext, site: Site, all: readonly Site[]): void {
  for (const other of all) {
    if (other.method === site.method || other.queue !== site.queue) continue;
    const id = site.ids.find((each) => other.ids.includes(each));
    if (id === undefined || site.node === undefined) continue;
    const place = other.file === undefined ? '' : ` (${other.file})`;
    const data = { own: site.text, other: `${other.text}${place}`, id, queue: site.queue };
    context.report({ node: site.node, messageId: 'shared', data });
    return;
  }
}

/** Those of the whole program; `undefined` without types. */
function programSites(context: LintContext): readonly Site[] | undefined {
  const info = typeInfoOf(context);
  if (info === undefined) return undefined;
  return ProgramEvents.of(info.program).deferred.map(({ decorator, ...site }) => {
    const { fileName } = decorator.getSourceFile();
    const node = info.tsNodeToESTreeNodeMap.get(decorator);
    return node === undefined ? { ...site, file: fileName } : { ...site, node };
  });
}

function siteOf(method: MethodDefinition, decorator: SyntaxNode): Site[] {
  const { expression: call } = decorator as { readonly expression?: SyntaxNode } & SyntaxNode;
  const name = keyText(method);
  if (!isA(call, 'CallExpression') || name === undefined || classOf(method)?.abstract) return [];
  const ids = storedIds(syntaxReading, call.arguments, name);
  return ids === undefined ? [] : [{ ...ids, method, text: methodText(method), node: decorator }];
}
