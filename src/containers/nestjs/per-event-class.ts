/** A class with `@Listener({ activation: 'event' })`: each delivery is a context of Nest's of its own, whose request is the delivery. */
import { ContextIdFactory, ModuleRef } from '@nestjs/core';
import type { AdapterApplication } from '../../application/adapter-application.js';
import type { Contexts } from './contexts.js';
import { classOf, moduleRefOf, type Wrapper } from './nest-internals.js';

export function attachPerEventClass(
  application: AdapterApplication,
  contexts: Contexts,
  wrapper: Wrapper,
): void {
  const service = classOf(wrapper);
  const moduleRef = moduleRefOf(wrapper, ModuleRef);
  if (service === undefined || moduleRef === undefined) return;
  application.attachClass(service, {
    open: (options, delivery) => {
      const container = application.open(options);
      contexts.deliver(delivery, container);
      const contextId = ContextIdFactory.create();
      moduleRef.registerRequestByContextId(delivery, contextId);
      const build = () => moduleRef.create(service as new () => object, contextId);
      return { scope: container.scope, build };
    },
  });
}
