/** The calls of handlers with messages, as telemetry is told of them. */
import type { EventKey } from '../../decorators/event-key.js';
import type { Envelope } from '../events/envelope.js';
import { DeliveryContext } from './delivery-context.js';
import { type Handler, handlerEvent, handlerName } from './handler.js';
import type { MessageTrace, Processing, Telemetry } from './telemetry.js';

/** What a message has carried. */
export function traceOf({
  traceparent,
  tracestate,
  extensions,
}: Pick<Envelope, 'traceparent' | 'tracestate' | 'extensions'>): MessageTrace | undefined {
  const baggage = extensions?.['baggage'];
  if ((traceparent ?? baggage) === undefined) return undefined;
  return { traceparent, tracestate, baggage: typeof baggage === 'string' ? baggage : undefined };
}

/** The context of a delivery without a message, that carries the trace of whoever has published it in this process. */
export class TracedContext extends DeliveryContext {
  constructor(
    key: EventKey,
    readonly trace: MessageTrace | undefined,
  ) {
    super(key);
  }
}

/** Where its handler is called from. */
export interface CallPlace {
  readonly system: string;
  readonly destination: string;
}

/** Calls the handler of one message inside of the telemetry. What is gathered to lists is told when the list is handed over. */
export function processed(
  telemetry: Telemetry,
  handler: Handler,
  { place, context }: { readonly place: CallPlace; readonly context: DeliveryContext | undefined },
  next: () => unknown,
): unknown {
  if (isGathered(handler)) {
    if (context !== undefined) places.set(context, place);
    return next();
  }
  return telemetry.process(processingOf(handler, place, [context]), next);
}

/** Calls the handler of a list of messages inside of the telemetry. */
export function processedTogether(
  telemetry: Telemetry,
  handler: Handler,
  contexts: readonly (DeliveryContext | undefined)[],
  next: () => unknown,
): unknown {
  const place = placeOf(contexts);
  // Emitted events are no messages.
  if (place === undefined) return next();
  return telemetry.process(processingOf(handler, place, contexts), next);
}

/** Of contexts whose handler is called later. */
const places = /* @__PURE__ */ new WeakMap<DeliveryContext, CallPlace>();

function placeOf(contexts: readonly (DeliveryContext | undefined)[]): CallPlace | undefined {
  for (const context of contexts) {
    const place = context && places.get(context);
    if (place !== undefined) return place;
  }
  return undefined;
}

function isGathered({ plan }: Handler): boolean {
  return (plan.options as { readonly batch?: unknown }).batch !== undefined;
}

function processingOf(
  { plan, owner }: Handler,
  { system, destination }: CallPlace,
  contexts: readonly (DeliveryContext | undefined)[],
): Processing {
  const [context] = contexts;
  const single = contexts.length === 1 ? context?.message : undefined;
  const traces = contexts.flatMap((each) => traceOfContext(each) ?? []);
  return {
    verb: plan.verb as Processing['verb'],
    system,
    destination,
    event: handlerEvent(plan),
    handler: handlerName(plan),
    scope: owner.path,
    group: (plan.options as { readonly group?: string }).group,
    id: single?.facts.id,
    correlationId: single?.facts.correlationId,
    attempt: single?.facts.attempt ?? 1,
    traces,
    count: contexts.length,
  };
}

function traceOfContext(context: DeliveryContext | undefined): MessageTrace | undefined {
  return context instanceof TracedContext ? context.trace : context?.message?.trace;
}
