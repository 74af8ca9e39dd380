/** Who has called, by the names of the engine itself: source maps may put others into the text of a stack. */

/** One function on the stack. */
export interface CallSite {
  /** The class of `this`; empty for a plain function, and for all functions in Bun, which does not know it. */
  readonly className: string;
  /** Empty for an anonymous function. */
  readonly method: string;
  /** Where its code is; `undefined` for what the engine itself has. */
  readonly file: string | undefined;
}

/** What V8, and JavaScriptCore in Bun, tell of a frame. */
interface EngineSite {
  getTypeName(): string | null;
  getFunctionName(): string | null;
  getFileName(): string | null | undefined;
  isConstructor(): boolean;
}

interface StackError {
  stackTraceLimit: number | undefined;
  prepareStackTrace: ((error: Error, sites: readonly EngineSite[]) => unknown) | undefined;
}

/** There are some of the library's own between. */
const DEPTH = 30;

/** What is no class of a program: the global object, and plain objects. Bun says `undefined`, for methods too. */
const NO_CLASS = new Set(['', 'Object', 'Function', 'global', 'undefined', 'Window']);

/** The innermost first. */
export function callSites(): readonly CallSite[] {
  const engine = Error as unknown as StackError;
  const { stackTraceLimit, prepareStackTrace } = engine;
  try {
    engine.stackTraceLimit = DEPTH;
    engine.prepareStackTrace = (_error, sites) => sites.map(callSite);
    const { stack } = new Error('stack') as { stack: unknown };
    return Array.isArray(stack) ? stack : [];
  } finally {
    engine.stackTraceLimit = stackTraceLimit;
    engine.prepareStackTrace = prepareStackTrace;
  }
}

function callSite(site: EngineSite): CallSite {
  const name = (site.getFunctionName() ?? '').replace(/^.*\./, '');
  const file = site.getFileName() ?? undefined;
  if (site.isConstructor()) return { className: name, method: 'constructor', file };
  const type = site.getTypeName() ?? '';
  return { className: NO_CLASS.has(type) ? '' : type, method: name, file };
}
