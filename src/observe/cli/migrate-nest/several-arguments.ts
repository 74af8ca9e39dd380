/** Events that are sent with several arguments: EventEmitter2 gives them one by one, and an event of Carillon has one payload. */
import type ts from '@typescript/typescript6';
import { type EventNames, isPattern } from './event-names.js';
import type { NestFile } from './nest-file.js';
import { EMITTER } from './packages.js';
import type { TypeScript } from './typescript.js';

/** Which events the files send with several arguments. */
export function severalArguments(
  files: readonly NestFile[],
  api: TypeScript,
  names: EventNames,
): (event: string) => boolean {
  const several = new Set<string>();
  let isAny = false;
  const visit = (node: ts.Node, file: NestFile): void => {
    if (api.isCallExpression(node) && sendsSeveral(api, node)) {
      const [event] = node.arguments;
      const read = event === undefined ? undefined : names.read(event, file);
      if (read === undefined || 'reason' in read || isPattern(read.name)) isAny = true;
      else several.add(read.name);
    }
    api.forEachChild(node, (child) => visit(child, file));
  };
  for (const file of files) if (file.uses(EMITTER)) visit(file.source, file);
  return (event) => isAny || several.has(event);
}

function sendsSeveral(api: TypeScript, { expression, arguments: given }: ts.CallExpression) {
  if (!api.isPropertyAccessExpression(expression)) return false;
  const { text } = expression.name;
  return (
    (text === 'emit' || text === 'emitAsync') &&
    (given.length > 2 || given.some((argument) => api.isSpreadElement(argument)))
  );
}
