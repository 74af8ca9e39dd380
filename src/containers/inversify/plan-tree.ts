/** Walks what a plan shows: which bindings an injection finds, and what is to be injected into each. */
import {
  type BindingNode,
  type InjectionMetadata,
  PLAIN,
  type Selector,
  type ServiceNode,
} from './inversify-internals.js';

/** A service that is to be injected, and the name or the tag that it is asked for with. */
type Injection = readonly [ServiceNode, Selector];

/** The bindings that an injection finds. */
export function bindingNodes({ bindings }: ServiceNode): readonly BindingNode[] {
  if (bindings === undefined) return [];
  return Array.isArray(bindings) ? (bindings as readonly BindingNode[]) : [bindings as BindingNode];
}

/**
 * What is to be injected into what a binding gives, each with the name or the tag that it is asked for with.
 *
 * @param selector what the binding itself is asked for with; a service that stands for another one passes it on
 */
export function injections(node: BindingNode, selector: Selector = PLAIN): readonly Injection[] {
  const { binding, classMetadata, redirection, redirections } = node;
  const found: Injection[] = [];
  for (const [index, param] of (node.constructorParams ?? []).entries())
    if (param !== undefined && 'bindings' in param)
      found.push([param, selectorOf(classMetadata?.constructorArguments[index])]);
  for (const [property, param] of node.propertyParams ?? [])
    found.push([param, selectorOf(classMetadata?.properties.get(property))]);
  for (const [index, param] of (node.params ?? []).entries())
    found.push([param, selectorOf(binding.metadata?.arguments[index])]);
  if (redirection !== undefined) found.push([redirection, selector]);
  if (redirections !== undefined)
    found.push([{ serviceIdentifier: 'redirections', bindings: redirections }, selector]);
  return found;
}

/** A container can be asked with one tag only. */
function selectorOf({ name, tags }: InjectionMetadata = PLAIN): Selector {
  const [tag] = tags ?? [];
  if (tag === undefined && name === undefined) return PLAIN;
  return tag === undefined ? { name } : { name, tag: { key: tag[0], value: tag[1] } };
}
