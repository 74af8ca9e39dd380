/** Finding what the page is made of. */
/// <reference lib="dom" />

/** @throws Error when the page has no such element of that kind */
export function find<E extends HTMLElement>(id: string, kind: abstract new () => E): E {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`The page has no ${kind.name} "${id}".`);
}
