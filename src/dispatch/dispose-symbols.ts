/**
 * The symbols by which `using` ends something. Not every platform has them: in Jest 29 no test has, on Node.js 20 and 22. What stands in for
 * them there is what compilers look for in that case.
 */

export const DISPOSE: typeof Symbol.dispose = /* @__PURE__ */ symbolOf('dispose');

export const ASYNC_DISPOSE: typeof Symbol.asyncDispose = /* @__PURE__ */ symbolOf('asyncDispose');

function symbolOf<Name extends 'dispose' | 'asyncDispose'>(name: Name): SymbolConstructor[Name] {
  const known: SymbolConstructor[Name] | undefined = Symbol[name];
  return known ?? (Symbol.for(`Symbol.${name}`) as SymbolConstructor[Name]);
}
