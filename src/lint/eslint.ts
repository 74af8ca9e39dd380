/** What the rules use of ESLint: its own types are not needed to compile against them. */
import type { SyntaxNode } from './syntax.js';

/** A setting as ESLint knows it. */
export type Severity = 'error' | 'warn' | 'off';

/** A change of a file's text. */
export interface TextEdit {
  /** From which character to which, the latter not included. */
  range: [number, number];
  /** What is put there. */
  text: string;
}

/** Makes changes. */
export interface LintFixer {
  /** Puts text in front of the node. */
  insertTextBefore(node: SyntaxNode, text: string): TextEdit;
}

/** What is wrong, and where. */
export interface LintReport {
  /** Where it is shown. */
  readonly node: SyntaxNode;
  /** A key of the rule's `meta.messages`. */
  readonly messageId: string;
  /** What is put in the place of the message's `{{names}}`. */
  readonly data?: Record<string, string>;
  /** Changes that an editor offers. */
  readonly suggest?: {
    readonly messageId: string;
    fix(fixer: LintFixer): TextEdit;
  }[];
}

/** One file that is linted by one rule. */
export interface LintContext {
  /** The path of the file. */
  readonly filename: string;
  /** The options of the rule, behind its severity. */
  readonly options: readonly unknown[];
  /** The configuration's `settings`. */
  readonly settings: object;
  /** The file's syntax, and its types where the parser has them. */
  readonly sourceCode: {
    /** The root of the syntax tree: a `Program`. */
    readonly ast: unknown;
    readonly parserServices?: unknown;
  };
  /** Shows a problem. */
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
  /** What ESLint has to know before it runs the rule. */
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
