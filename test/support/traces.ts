/** OpenTelemetry for tests: spans and metrics stay in memory. The context manager is the process's own, as in a program. */
import { context, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import {
  AggregationTemporality,
  type DataPoint,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { OpenTelemetryOptions } from 'carillon/opentelemetry';

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

/** What a service sets up at its start, with all that it has told. */
export class Traces {
  readonly #spans = new InMemorySpanExporter();
  readonly #metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  readonly #reader = new PeriodicExportingMetricReader({
    exporter: this.#metrics,
    exportIntervalMillis: 2 ** 30,
  });
  readonly tracerProvider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(this.#spans)],
  });
  readonly meterProvider = new MeterProvider({ readers: [this.#reader] });
  readonly propagator = new CompositePropagator({
    propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
  });

  /** For `openTelemetry()`. */
  get options(): OpenTelemetryOptions {
    const { meterProvider, propagator, tracerProvider } = this;
    return { meterProvider, propagator, tracerProvider };
  }

  /** Those that have ended, in the order of their ends. */
  get spans(): readonly ReadableSpan[] {
    return this.#spans.getFinishedSpans();
  }

  /** The only one of that name. */
  span(name: string): ReadableSpan {
    const named = this.spans.filter((span) => span.name === name);
    if (named.length !== 1)
      throw new Error(`${named.length} spans ${name} of ${this.spans.map((span) => span.name)}`);
    return named[0] as ReadableSpan;
  }

  /** Runs the action inside of a span, as an instrumented server does; gives the span. */
  async request(name: string, action: () => unknown): Promise<Span> {
    const span = this.tracerProvider
      .getTracer('server')
      .startSpan(name, { kind: SpanKind.SERVER }, ROOT_CONTEXT);
    try {
      await context.with(trace.setSpan(ROOT_CONTEXT, span), action);
    } finally {
      span.end();
    }
    return span;
  }

  /** Collects what is measured. */
  async metrics(): Promise<ReadonlyMap<string, MetricData>> {
    this.#metrics.reset();
    await this.#reader.forceFlush();
    const [last] = this.#metrics.getMetrics().slice(-1);
    return new Map(
      (last?.scopeMetrics ?? [])
        .flatMap(({ metrics }) => metrics)
        .map((metric) => [metric.descriptor.name, metric]),
    );
  }

  async close(): Promise<void> {
    await this.meterProvider.shutdown();
    await this.tracerProvider.shutdown();
  }
}

/** The points of a metric with their labels, as one line each. */
export function pointsOf(metric: MetricData | undefined): Record<string, unknown> {
  const points = (metric?.dataPoints ?? []) as readonly DataPoint<unknown>[];
  return Object.fromEntries(
    points.map(({ attributes, value }) => [
      Object.keys(attributes)
        .sort()
        .map((key) => `${key}=${String(attributes[key])}`)
        .join(' '),
      typeof value === 'object' ? (value as { readonly count: number }).count : value,
    ]),
  );
}

/** The id of the span above. */
export function parentOf(span: ReadableSpan): string | undefined {
  return span.parentSpanContext?.spanId;
}
