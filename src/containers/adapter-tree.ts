/** What adapters share whose containers form a tree, in which a container may have no scope of its own. */
import type { AdapterApplication } from '../application/adapter-application.js';
import type { AdapterScope } from '../application/adapter-view.js';
import type { AttachClassOptions } from '../application/attached-class.js';
import type { InterceptedDelivery } from '../dispatch/interceptor.js';
import type { ScopeOptions } from '../scope/scope-options.js';

/** What the containers of one application share. */
export interface AdapterTree<Node extends AdapterNode> {
  readonly application: AdapterApplication;
  /** What the program does in place of making a container without a scope. */
  readonly remedy: string;
  /** Opens the container of one delivery; `filled` is what the program's `onOpen` has returned. */
  openDelivery(
    above: Node,
    options: ScopeOptions,
    delivery: InterceptedDelivery,
  ): { readonly node: Node; readonly filled: unknown };
}

/** One container. */
export interface AdapterNode {
  /** The scope of the container, or of the nearest above that has one. */
  readonly nearest: AdapterScope;
}

type Attaching = Pick<AdapterTree<AdapterNode>, 'application' | 'remedy'>;

/** Attaches what a container has built; without a scope to end it, what has handlers is reported. */
export function attachBuilt(
  { application, remedy }: Attaching,
  scope: AdapterScope | undefined,
  instance: unknown,
): void {
  if (application.plans.of(instance).length === 0) return;
  if (scope === undefined) application.refuse(instance as object, remedy);
  else application.attach(instance as object, scope);
}

/** The same for what a function has given: it may have been built elsewhere, and belongs there then. */
export function attachGiven(
  tree: Attaching,
  scope: AdapterScope | undefined,
  value: unknown,
): void {
  if (typeof value !== 'object' || value === null) return;
  if (!tree.application.isAttached(value)) attachBuilt(tree, scope, value);
}

/** Opens a container below `above` for each delivery, and builds a class in it once the program has filled it. */
export function deliveryOpener<Node extends AdapterNode>(
  tree: AdapterTree<Node>,
  above: Node,
  build: (node: Node) => object,
): AttachClassOptions['open'] {
  return (options, delivery) => {
    const { node, filled } = tree.openDelivery(above, options, delivery);
    return {
      scope: node.nearest,
      build: () => (filled instanceof Promise ? filled.then(() => build(node)) : build(node)),
    };
  };
}
