/** What a file imports from which package, under which names. */
import { isA, memberName, type SyntaxNode, unwrapped } from './syntax.js';

/** The names of one package in one file. */
export class ImportedNames {
  readonly #names = new Map<string, string>();
  readonly #namespaces = new Set<string>();
  readonly #isImported: boolean = false;

  /**
   * @param root the `Program`
   * @param from the name of the package; its entries count too
   */
  constructor(root: unknown, from: string) {
    const program = root as SyntaxNode;
    if (!isA(program, 'Program')) return;
    for (const statement of program.body) {
      if (!isA(statement, 'ImportDeclaration')) continue;
      const source = String(statement.source.value);
      if (source !== from && !source.startsWith(`${from}/`)) continue;
      this.#isImported = true;
      for (const { local, imported, type } of statement.specifiers) {
        if (type === 'ImportNamespaceSpecifier') this.#namespaces.add(local.name);
        else if (isA(imported, 'Identifier')) this.#names.set(local.name, imported.name);
      }
    }
  }

  /** Whether the file imports the package at all. */
  get isImported(): boolean {
    return this.#isImported;
  }

  /** What the expression is called in the package, also as `package.Name`; `undefined` for what is from elsewhere. */
  nameOf(wrapped: SyntaxNode): string | undefined {
    const node = unwrapped(wrapped);
    if (isA(node, 'Identifier')) return this.#names.get(node.name);
    if (!isA(node, 'MemberExpression') || !isA(node.object, 'Identifier')) return undefined;
    return this.#namespaces.has(node.object.name) ? memberName(node) : undefined;
  }
}

/** What a file imports from this library. */
export function ownNames(root: unknown): ImportedNames {
  return new ImportedNames(root, 'carillon');
}
