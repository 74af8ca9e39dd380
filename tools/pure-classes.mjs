/** Lets bundlers drop classes with methods that are named by a variable, such as a symbol that may have a stand-in. */
import { RolldownMagicString } from 'rolldown';

/** @import { Plugin } from 'rolldown' */

/** For a first look: to read all of the code takes its time. */
const NAMED_BY_VARIABLE = /^\t(async )?\[\w+\]\(/m;

/**
 * esbuild keeps such a class, and all that it refers to: to become a name, the variable may have to run code. What a function makes that
 * is marked as pure can go where nobody uses it.
 *
 * @type {Plugin}
 */
export const pureClasses = {
  name: 'pure-classes',
  renderChunk(code) {
    if (!NAMED_BY_VARIABLE.test(code)) return null;
    const text = new RolldownMagicString(code);
    for (const statement of this.parse(code).body) {
      if (statement.type !== 'VariableDeclaration') continue;
      for (const { id, init } of statement.declarations) {
        if (init?.type !== 'ClassExpression' || id.type !== 'Identifier') continue;
        if (!init.body.body.some(isNamedByVariable)) continue;
        // The class keeps its name: it is taken from the variable.
        text.appendLeft(init.start, `/* @__PURE__ */ (() => { const ${id.name} = `);
        text.appendRight(init.end, `; return ${id.name}; })()`);
      }
    }
    // No line has moved: the source map holds.
    return { code: text.toString(), map: null };
  },
};

/** @param {{ type: string, computed?: boolean, key?: { type: string } }} member of a class */
function isNamedByVariable({ computed, key }) {
  return computed === true && key?.type === 'Identifier';
}
