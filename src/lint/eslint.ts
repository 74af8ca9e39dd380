/** What the rules use of ESLint: its own types are not needed to compile against them. */
import type { SyntaxNode } from './syntax.js';

/** A setting as ESLint knows it. */
export type Severity = 'error' | 'warn' | 'off';

/** A change of a file's text. */
export interface TextEdit {
  range: [number, number];
  text: string;
}

/** Makes changes. */
export interface LintFixer {
  insertTextBefore(node: SyntaxNode, text: string): TextEdit;
}

/** What is wrong, and where. */
export interface LintReport {
  readonly node: SyntaxNode;
  readonly messageId: string;
  readonly data?: Record<string, string>;
  readonly suggest?: {
    readonly messageId: string;
    fix(fixer: LintFixer): TextEdit;
  }[];
}

/** One file that is linted by one rule. */
export interface LintContext {
  readonly filename: string;
  readonly options: readonly unknown[];
  readonly settings: object;
  readonly sourceCode: {
    /** The root of the syntax tree: a `Program`. */
    readonly ast: unknown;
    readonly parserServices?: unknown;
  };
  report(report: LintReport): void;
}

interface Looking {
  /** A method: one that takes nodes of a single type is one too. */
  at(node: SyntaxNode): void;
}

/** What a rule looks at, by the types of the nodes. */
export type LintVisitor = Record<string, Looking['at']>;

/** One rule. */
export interface LintRule {
  readonly meta: {
    readonly type: 'problem' | 'suggestion';
    readonly docs: { readonly description: string };
    readonly messages: Record<string, string>;
    readonly schema: object[];
    readonly hasSuggestions?: boolean;
  };
  /** Called by ESLint for each file. */
  create(context: LintContext): LintVisitor;
}
