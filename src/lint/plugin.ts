/** The plugin of ESLint: the rules, and a configuration that sets them all. */
import type { LintRule, Severity } from './eslint.js';
import { decoratorCall } from './rules/decorator-call.js';
import { deferredId } from './rules/deferred-id.js';
import { noDroppedPromise } from './rules/no-dropped-promise.js';
import { openScope } from './rules/open-scope.js';
import { unheardEvent } from './rules/unheard-event.js';

/** An element of ESLint's flat configuration. */
export interface LintConfig {
  readonly name: string;
  readonly plugins: Record<string, CarillonPlugin>;
  readonly rules: Record<string, Severity>;
}

/** What ESLint takes as a plugin. */
export interface CarillonPlugin {
  readonly meta: { readonly name: string; readonly namespace: string };
  readonly rules: Record<string, LintRule>;
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
