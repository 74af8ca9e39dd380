/** Which class a registration builds: awilix keeps that to itself. */
import {
  type BuildResolver,
  type BuildResolverOptions,
  asClass as classResolver,
  type DisposableResolver,
  type Resolver,
} from 'awilix';

type Resolve = Resolver<unknown>['resolve'];

/** A class, also one whose constructor takes arguments. */
export type ServiceClass<T extends object = object> = new (...args: never[]) => T;

/** Each way to change a resolver makes another one, with the same function. */
const classes = new WeakMap<Resolve, ServiceClass>();

/**
 * As `asClass` of awilix, of which Carillon knows the class: `start()` builds it if it has handlers, and leaves it otherwise; a class with
 * `@Listener({ activation: 'event' })` is built for each event.
 *
 * @example
 * container.register({ shop: asClass(Shop).singleton() });
 */
export function asClass<T extends object>(
  service: ServiceClass<T>,
  options?: BuildResolverOptions<T>,
): BuildResolver<T> & DisposableResolver<T> {
  const resolver = classResolver<T>(service as new () => T, options);
  classes.set(resolver.resolve, service);
  return resolver;
}

/** The class that the resolver builds, where {@link asClass} has made it. */
export function classOf({ resolve }: Resolver<unknown>): ServiceClass | undefined {
  return classes.get(resolve);
}
