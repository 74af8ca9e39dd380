/** What keeps the process alive, by Node's own account. */

/** How many there are of each kind of resource. */
export type OpenHandles = ReadonlyMap<string, number>;

export function openHandles(): OpenHandles {
  const handles = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo())
    handles.set(kind, (handles.get(kind) ?? 0) + 1);
  return handles;
}

/** Those that were not there before, as `2 Timeout`. */
export function newHandles(before: OpenHandles): readonly string[] {
  return [...openHandles()]
    .map(([kind, count]) => ({ kind, count: count - (before.get(kind) ?? 0) }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${kind}`);
}
