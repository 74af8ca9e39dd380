/** Building one binding and no other of its service, whatever its name, tags or conditions. */
import type { Container } from 'inversify';
import type { Binding, PlanService } from './inversify-internals.js';

/** As the container itself asks whether anything is bound. */
const PLAIN = { getAncestor: () => undefined, name: undefined, tags: new Map() };

/**
 * Resolves the binding from its own container. The plan is made in the caller's turn; `onPlanned` takes what has to be called as
 * soon as it is made.
 */
export function planBinding(
  link: {
    readonly container: Container;
    bindings(identifier: Binding['serviceIdentifier']): Iterable<Binding>;
  },
  plans: PlanService,
  binding: Binding,
  onPlanned: (release: () => void) => void,
): Promise<unknown> {
  const { serviceIdentifier } = binding;
  const rivals = [...link.bindings(serviceIdentifier)];
  const isPlain = rivals.length === 1 && binding.isSatisfiedBy({ ...PLAIN, serviceIdentifier });
  const kept = rivals.map((rival) => rival.isSatisfiedBy);
  const release = () => {
    if (isPlain) return;
    rivals.forEach((rival, index) => {
      rival.isSatisfiedBy = kept[index] as Binding['isSatisfiedBy'];
    });
    plans.clearCache();
  };
  // A plan that is known is not made again, and its making could not be seen.
  plans.clearCache();
  if (!isPlain) for (const rival of rivals) rival.isSatisfiedBy = () => rival === binding;
  onPlanned(release);
  try {
    return link.container.getAsync(serviceIdentifier);
  } finally {
    release();
  }
}
