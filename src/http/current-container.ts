/** A container that stands for the one of the request under way. */

const RESOLVING: ReadonlySet<string | symbol> = new Set([
  'get',
  'getAll',
  'getAllAsync',
  'getAsync',
  'isBound',
]);

/** The root, but what it is asked for comes from the current container, where there is one. */
export function currentContainer<Root extends object>(
  root: Root,
  current: () => object | undefined,
): Root {
  return new Proxy(root, {
    get(target, property) {
      const asked = (RESOLVING.has(property) ? current() : undefined) ?? target;
      const value: unknown = Reflect.get(asked, property, asked);
      return typeof value === 'function' ? value.bind(asked) : value;
    },
  });
}
