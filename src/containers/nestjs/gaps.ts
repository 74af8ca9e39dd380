/** What Nest builds where it cannot be wired: each is reported once for each class. */
import { CarillonError } from '../../../decorators/carillon-error.js';
import { isActivated } from '../../../decorators/listener.js';
import type { AdapterApplication } from '../../application/adapter-application.js';
import { needsOf } from './needs.js';
import { classOf, type ServiceClass, type Wrapper } from './nest-internals.js';

/** @param hears whether the instances of a class have handlers */
export function reportGaps(
  application: AdapterApplication,
  wrappers: readonly Wrapper[],
  hears: (service: ServiceClass) => boolean,
): void {
  const report = (service: ServiceClass, error: CarillonError) => {
    if (application.isNewReport(error.code, service)) application.scope.runtime.report(error);
  };
  for (const wrapper of wrappers) {
    const service = classOf(wrapper);
    if (wrapper.isDependencyTreeStatic()) {
      if (service !== undefined && isActivated(service) && !wrapper.isTransient)
        report(service, aheadGap(service.name));
    } else
      for (const [transient, holder] of transientsOf(wrapper))
        if (hears(transient)) report(transient, transientGap(transient.name, holder));
  }
}

/** `CAR2020`: what a factory gives for a request. */
export function factoryGap(service: string, token: unknown): CarillonError {
  return new CarillonError(
    'CAR2020',
    `${service} was given by the request-scoped factory of ${String(token)}: its handlers hear nothing. Provide it by the class: { provide: ${service}, useFactory }.`,
  );
}

function transientGap(transient: string, holder: string): CarillonError {
  return new CarillonError(
    'CAR2020',
    `${transient} is transient and injected into ${holder}, which is built for each request: the handlers of that ${transient} hear nothing. Give ${transient} Scope.REQUEST, or move its handlers to ${holder}.`,
  );
}

function aheadGap(service: string): CarillonError {
  return new CarillonError(
    'CAR2021',
    `${service} is activated per event, but Nest builds one ahead, which hears nothing. Decorate it with @Injectable({ scope: Scope.REQUEST }).`,
  );
}

/** The transient classes within what is built for a request, as far as they are not request-scoped themselves; each with who holds it. */
function* transientsOf(
  holder: Wrapper,
  seen = new Set<Wrapper>(),
): Generator<readonly [ServiceClass, string]> {
  for (const need of needsOf(holder)) {
    if (seen.has(need) || !need.isTransient || !need.isDependencyTreeStatic()) continue;
    seen.add(need);
    const service = classOf(need);
    if (service !== undefined) yield [service, String(holder.name)];
    yield* transientsOf(need, seen);
  }
}
