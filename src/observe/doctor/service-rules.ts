/** What can be wrong with how long services live. */
import type { Topology, TopologyService } from '../topology.js';
import type { Finding } from './finding.js';

/** Services that hold what ends before them. */
export function captiveDependencies({ services }: Topology): Finding[] {
  const byId = new Map(services.map((service) => [service.id, service]));
  return services
    .filter(({ lifetime }) => lifetime === 'singleton')
    .flatMap((holder) =>
      holder.needs
        .flatMap(({ service }) => byId.get(service ?? '') ?? [])
        .filter((held) => endsBefore(held, holder))
        .map(
          (held): Finding => ({
            rule: 'captive-dependency',
            level: 'error',
            text: `${holder.name} is a singleton of ${placeOf(holder)} and holds ${held.name}, ${lifeOf(held)}: it keeps the first one. Bind ${holder.name} where ${held.name} is bound, or make ${held.name} a singleton too.`,
            about: [holder.id, held.id],
          }),
        ),
    );
}

/** Handlers that only a resolution wires: `start()` builds no transient. */
export function transientHandlers({ services, handlers, scopes }: Topology): Finding[] {
  const root = scopes.find(({ parent }) => parent === undefined)?.id;
  return services
    .filter(({ id, lifetime, scope, perEvent }) => {
      const isShort = lifetime === 'transient' || lifetime === 'resolution';
      const hears = handlers.some(({ service }) => service === id);
      return isShort && scope === root && perEvent !== true && hears;
    })
    .map(
      ({ id, name, lifetime }): Finding => ({
        rule: 'transient-handlers',
        level: 'warning',
        text: `${name} has handlers and is bound as ${lifetime} at the root: start() does not build it, and each resolution wires one more instance. Bind it as a singleton, or resolve it in a scope that ends.`,
        about: [id],
      }),
    );
}

function endsBefore(held: TopologyService, { scope }: TopologyService): boolean {
  if (held.lifetime === 'resolution' || held.lifetime === 'scoped') return true;
  return held.scope !== scope && held.scope.startsWith(`${scope}/`);
}

function lifeOf(service: TopologyService): string {
  const { lifetime } = service;
  return lifetime === 'resolution'
    ? 'which lives for one resolution'
    : `which is of ${placeOf(service)}`;
}

function placeOf({ scope }: TopologyService): string {
  return `scope "${scope.slice('scope:'.length)}"`;
}
