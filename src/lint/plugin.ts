/** The plugin of ESLint: the rules, and a configuration that sets them all. */
import type { LintRule, Severity } from './eslint.js';
import { decoratorCall } from './rules/decorator-call.js';
import { deferredId } from './rules/deferred-id.js';
import { noDroppedPromise } from './rules/no-dropped-promise.js';
import { openScope } from './rules/open-scope.js';
import { unheardEvent } from './rules/unheard-event.js';

/** An element of ESLint's flat configuration. */
export interface LintConfig {
  /** What ESLint's config inspector shows. */
  readonly name: string;
  /** The plugin, by its prefix. */
  readonly plugins: Record<string, CarillonPlugin>;
  /** The severity of each rule, by its name with the prefix. */
  readonly rules: Record<string, Severity>;
}

/** What ESLint takes as a plugin. */
export interface CarillonPlugin {
  /** Its name, and the prefix of its rules: `carillon/`. */
  readonly meta: { readonly name: string; readonly namespace: string };
  /** The rules, by their names without the prefix. */
  readonly rules: Record<string, LintRule>;
  /** Configurations to spread; `recommended` has every rule. */
  readonly configs: { readonly recommended: LintConfig };
}

/**
 * A plugin for ESLint 9 and 10. It works on the text alone, and finds more with the types of typescript-eslint.
 *
 * @example
 * // eslint.config.js
 * export default defineConfig(carillon.configs.recommended);
 */
export const carillon: CarillonPlugin = {
  meta: { name: 'carillon', namespace: 'carillon' },
  rules: {
    'decorator-call': decoratorCall,
    'deferred-id': deferredId,
    'no-dropped-promise': noDroppedPromise,
    'open-scope': openScope,
    'unheard-event': unheardEvent,
  },
  configs: {
    // Made when it is asked for: the plugin within has to be this very object.
    get recommended(): LintConfig {
      return {
        name: 'carillon/recommended',
        plugins: { carillon },
        rules: {
          'carillon/decorator-call': 'error',
          'carillon/deferred-id': 'error',
          'carillon/no-dropped-promise': 'error',
          'carillon/open-scope': 'error',
          'carillon/unheard-event': 'warn',
        },
      };
    },
  },
};
