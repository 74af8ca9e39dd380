/** Rules of ESLint for programs that use the library. */
export type {
  LintContext,
  LintFixer,
  LintReport,
  LintRule,
  LintVisitor,
  Severity,
  TextEdit,
} from './eslint.js';
export { type CarillonPlugin, carillon, type LintConfig } from './plugin.js';
export type { SyntaxNode } from './syntax.js';
