/** What a module imports, and what that imports. */

/**
 * @param {string} start a module's id, which is not among them
 * @param {(id: string) => { readonly importedIds: readonly string[] } | null} infoOf
 */
export function reach(start, infoOf) {
  const reached = new Set([start]);
  for (const id of reached) {
    for (const imported of infoOf(id)?.importedIds ?? []) reached.add(imported);
  }
  reached.delete(start);
  return reached;
}
