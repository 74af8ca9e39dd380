/** The decorators and the calls of a whole program, as they stand in its files. */
import type { TypedNode, TypedProgram } from './type-info.js';
import { unwrappedTyped } from './typed-syntax.js';

/** A decorator that is called. */
export interface Decoration {
  readonly decorator: TypedNode;
  readonly call: TypedNode;
  /** What is decorated: a method, a class, a parameter. */
  readonly target: TypedNode;
}

/** What was found in the files of a program. */
export interface ProgramCalls {
  readonly decorations: readonly Decoration[];
  /** Calls that are not decorators. */
  readonly calls: readonly TypedNode[];
  /** Other names of what files import, by its own name. */
  readonly renamed: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Goes through the files of the program itself, not through declarations and packages. */
export function programCalls(program: TypedProgram): ProgramCalls {
  const decorations: Decoration[] = [];
  const calls: TypedNode[] = [];
  const renamed = new Map<string, Set<string>>();
  const visit = (node: TypedNode): void =>
    node.forEachChild((child) => {
      if (isDecorator(child, node)) {
        const call = child.expression && unwrappedTyped(child.expression);
        if (call?.arguments !== undefined)
          decorations.push({ decorator: child, call, target: node });
        return;
      }
      if (child.arguments !== undefined && child.expression !== undefined) calls.push(child);
      if (child.propertyName !== undefined) noteName(renamed, child);
      visit(child);
    });
  for (const file of program.getSourceFiles())
    if (!file.isDeclarationFile && !program.isSourceFileFromExternalLibrary(file)) visit(file);
  return { decorations, calls, renamed };
}

/** The other modifiers, such as `async`, are words alone. */
function isDecorator(child: TypedNode, { modifiers }: TypedNode): boolean {
  return child.expression !== undefined && modifiers?.includes(child) === true;
}

function noteName(renamed: Map<string, Set<string>>, { propertyName, name }: TypedNode): void {
  const [original, local] = [propertyName?.text, name?.text];
  if (original === undefined || local === undefined) return;
  const known = renamed.get(original) ?? new Set();
  renamed.set(original, known.add(local));
}
