/** Messages as spans and metrics of OpenTelemetry. */
import {
  type Attributes,
  type Context,
  context,
  type Link,
  type MeterProvider,
  metrics,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import {
  callback,
  checkOptions,
  flag,
  type OptionShape,
  withMethods,
} from '../../../decorators/check-options.js';
import { eventName } from '../../../decorators/event-key.js';
import type {
  MeasuredApplication,
  MessageTrace,
  Processing,
  Sending,
  Settlement,
  Telemetry,
} from '../../dispatch/telemetry.js';
import { isThenable } from '../../events/is-thenable.js';
import { ATTRIBUTES, OPERATION_TYPES, OWN_ATTRIBUTES, systemName } from './conventions.js';
import { errorType, failed } from './failed-span.js';
import { MessageMetrics } from './metrics.js';
import { SENDING, SendingContext } from './sending-context.js';
import { VERSION } from './version.js';

/** Where spans and metrics go, and what they are called. */
export interface OpenTelemetryOptions {
  /** Default the global one: `trace.getTracerProvider()`. */
  readonly tracerProvider?: TracerProvider;
  /** Default the global one when the application is made: register yours before. */
  readonly meterProvider?: MeterProvider;
  /** Reads and writes `traceparent`, `tracestate` and `baggage`. Default the global one: `propagation`. */
  readonly propagator?: TextMapPropagator;
  /**
   * Gives a topic that has ids in it a name with few values, for the names of spans and the labels of metrics: `rooms.42.joined` → `rooms.*.joined`.
   * Default: spans are named by the topic, and what is sent to a topic is counted without its name.
   */
  readonly topicName?: (topic: string) => string;
  /**
   * Whether an instrumented client of an engine (amqplib, ioredis, pg) makes spans of its own beneath those of `send` and `publish`. They
   * describe the same message once more. Default `false`.
   */
  readonly clientSpans?: boolean;
}

const OPTIONS: OptionShape<OpenTelemetryOptions> = /* @__PURE__ */ (() => ({
  tracerProvider: withMethods('getTracer'),
  meterProvider: withMethods('getMeter'),
  propagator: withMethods('inject', 'extract'),
  topicName: callback(),
  clientSpans: flag(),
}))();

const NAME = 'carillon';

/**
 * Traces and measures what is published and deferred.
 *
 * @throws CarillonError `CAR7070` for options that are wrong
 * @example
 * container.register(events({ telemetry: openTelemetry() }));
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Telemetry {
  checkOptions('CAR7070', 'openTelemetry()', OPTIONS, options);
  return new OpenTelemetry(options);
}

interface Carrier {
  traceparent?: string;
  tracestate?: string;
  baggage?: string;
}

const SETTER: TextMapSetter<Carrier> = {
  set(carrier, key, value) {
    if (key === 'traceparent' || key === 'tracestate' || key === 'baggage') carrier[key] = value;
  },
};

const GETTER: TextMapGetter<MessageTrace> = {
  get: (trace, key) => Reflect.get(trace, key) as string | undefined,
  keys: (trace) => Object.keys(trace),
};

class OpenTelemetry implements Telemetry {
  readonly #options: OpenTelemetryOptions;
  readonly #propagator: Pick<TextMapPropagator, 'inject' | 'extract'>;
  #tracer: Tracer | undefined;
  #metrics: MessageMetrics | undefined;

  constructor(options: OpenTelemetryOptions) {
    this.#options = options;
    this.#propagator = options.propagator ?? propagation;
  }

  attach(application: MeasuredApplication): () => void {
    this.#metrics ??= new MessageMetrics(
      (this.#options.meterProvider ?? metrics.getMeterProvider()).getMeter(NAME, VERSION),
    );
    return this.#metrics.observe(application);
  }

  connect<T>(begin: () => T): T {
    return context.with(ROOT_CONTEXT, begin);
  }

  send<T>(sending: Sending, next: () => Promise<T>): Promise<T> {
    const operation = sending.verb === 'publish' ? 'publish' : 'send';
    const attributes = this.#sendLabels(sending, operation);
    const begun = performance.now();
    const span = this.#startSpan(`${operation} ${this.#label(sending)}`, {
      kind: SpanKind.PRODUCER,
      attributes: this.#sendAttributes(sending, operation),
    });
    const end = (error?: unknown): void => {
      const labels =
        error === undefined
          ? attributes
          : { ...attributes, [ATTRIBUTES.errorType]: errorType(error) };
      this.#metrics?.sent(sending.count, (performance.now() - begun) / 1000, labels);
      span.end();
    };
    return context.with(this.#sendingContext(span, sending), next).then(
      (value) => {
        end();
        return value;
      },
      (error: unknown) => {
        failed(span, error);
        end(error ?? null);
        throw error;
      },
    );
  }

  trace(): MessageTrace | undefined {
    const active = context.active();
    const carrier: Carrier = {};
    const sending = active.getValue(SENDING) as Context | undefined;
    this.#propagator.inject(sending ?? active, carrier, SETTER);
    return carrier;
  }

  process(processing: Processing, next: () => unknown): unknown {
    const contexts = this.#contextsOf(processing.traces);
    const parent = (processing.count === 1 ? contexts[0] : undefined) ?? ROOT_CONTEXT;
    const labels = processLabels(processing);
    const begun = performance.now();
    const span = this.#startSpan(
      `process ${processing.verb === 'Deferred' ? processing.destination : processing.event}`,
      {
        kind: SpanKind.CONSUMER,
        attributes: processAttributes(processing),
        links: linksTo(contexts),
      },
      parent,
    );
    this.#metrics?.consumed(processing.count, labels);
    const end = (error?: unknown): void => {
      const all =
        error === undefined ? labels : { ...labels, [ATTRIBUTES.errorType]: errorType(error) };
      this.#metrics?.processed((performance.now() - begun) / 1000, all);
      span.end();
    };
    const fail = (error: unknown): void => {
      failed(span, error);
      end(error ?? null);
    };
    try {
      const value = context.with(trace.setSpan(parent, span), next);
      if (isThenable(value)) value.then(() => end(), fail);
      else end();
      return value;
    } catch (error) {
      fail(error);
      throw error;
    }
  }

  settled(settlement: Settlement): void {
    this.#metrics?.settled(settlement);
  }

  #contextsOf(traces: readonly MessageTrace[]): Context[] {
    return traces.map((each) => this.#propagator.extract(ROOT_CONTEXT, each, GETTER));
  }

  #startSpan(name: string, options: Parameters<Tracer['startSpan']>[1], parent?: Context): Span {
    this.#tracer ??= (this.#options.tracerProvider ?? trace).getTracer(NAME, VERSION);
    return this.#tracer.startSpan(name, options, parent);
  }

  /** In the process itself handlers may begin within the sending: they belong to the message and not to the client of an engine. */
  #sendingContext(span: Span, { system }: Sending): Context {
    const traced = trace.setSpan(context.active(), span);
    if (this.#options.clientSpans === true || system === 'memory') return traced;
    return new SendingContext(traced);
  }

  #label({ destination, event }: Sending): string {
    const { topicName } = this.#options;
    return topicName === undefined || typeof event !== 'string'
      ? destination
      : topicName(destination);
  }

  /** A topic may have any number of values: it is a label only where somebody has said which ones are the same. */
  #sendLabels(sending: Sending, operation: string): Attributes {
    const { event, system, verb } = sending;
    const isTopic = verb === 'publish' && typeof event === 'string';
    const labels: Attributes = {
      [ATTRIBUTES.system]: systemName(system),
      [ATTRIBUTES.operationName]: operation,
      [ATTRIBUTES.operationType]: OPERATION_TYPES.send,
    };
    if (!isTopic || this.#options.topicName !== undefined)
      labels[isTopic ? ATTRIBUTES.template : ATTRIBUTES.destination] = this.#label(sending);
    return labels;
  }

  /** Labels, and what only the span says. */
  #sendAttributes(sending: Sending, operation: string): Attributes {
    const attributes = this.#sendLabels(sending, operation);
    attributes[ATTRIBUTES.destination] = sending.destination;
    attributes[OWN_ATTRIBUTES.event] = eventName(sending.event);
    if (sending.count > 1) attributes[ATTRIBUTES.batchSize] = sending.count;
    return attributes;
  }
}

/** What both the span and the metrics say of a call. */
function processLabels({ destination, event, group, system, verb }: Processing): Attributes {
  const labels: Attributes = {
    [ATTRIBUTES.system]: systemName(system),
    [ATTRIBUTES.operationName]: 'process',
    [ATTRIBUTES.operationType]: OPERATION_TYPES.process,
  };
  if (verb === 'Deferred') labels[ATTRIBUTES.destination] = destination;
  else labels[ATTRIBUTES.template] = event;
  if (group !== undefined) labels[ATTRIBUTES.group] = group;
  return labels;
}

/** Labels, and what only the span says. Written field by field: to spread objects with computed names costs more than all else here. */
function processAttributes(processing: Processing): Attributes {
  const { attempt, correlationId, count, destination, event, handler, id, scope } = processing;
  const attributes = processLabels(processing);
  attributes[ATTRIBUTES.destination] = destination;
  attributes[OWN_ATTRIBUTES.event] = event;
  attributes[OWN_ATTRIBUTES.handler] = handler;
  attributes[OWN_ATTRIBUTES.scope] = scope;
  if (id !== undefined) attributes[ATTRIBUTES.messageId] = id;
  if (correlationId !== undefined) attributes[ATTRIBUTES.conversationId] = correlationId;
  if (attempt > 1) attributes[OWN_ATTRIBUTES.attempt] = attempt;
  if (count > 1) attributes[ATTRIBUTES.batchSize] = count;
  return attributes;
}

function linksTo(parents: readonly Context[]): Link[] {
  const links: Link[] = [];
  for (const parent of parents) {
    const spanContext = trace.getSpanContext(parent);
    if (spanContext !== undefined) links.push({ context: spanContext });
  }
  return links;
}
