/** What is counted and measured. Nothing is labelled by an id, a scope, a topic or a payload: each label has as many values as the code has names. */
import type {
  Attributes,
  BatchObservableResult,
  Counter,
  Histogram,
  Meter,
  ObservableGauge,
} from '@opentelemetry/api';
import type { MeasuredApplication, QueueNumbers, Settlement } from '../../dispatch/telemetry.js';
import {
  ATTRIBUTES,
  METRICS,
  OWN_ATTRIBUTES,
  OWN_METRICS,
  SECONDS,
  systemName,
} from './conventions.js';

const STATES = ['waiting', 'delayed', 'active', 'dead'] as const;

/** The instruments of one meter. */
export class MessageMetrics {
  readonly #meter: Meter;
  readonly #sent: Counter;
  readonly #consumed: Counter;
  readonly #operationDuration: Histogram;
  readonly #processDuration: Histogram;
  readonly #retries: Counter;
  readonly #deadLetters: Counter;

  constructor(meter: Meter) {
    this.#meter = meter;
    const messages = (name: string, description: string) =>
      meter.createCounter(name, { unit: '{message}', description });
    const seconds = (name: string, description: string) =>
      meter.createHistogram(name, {
        unit: 's',
        description,
        advice: { explicitBucketBoundaries: SECONDS },
      });
    this.#sent = messages(METRICS.sent, 'Messages that were published or deferred.');
    this.#consumed = messages(METRICS.consumed, 'Messages that were given to a handler.');
    this.#operationDuration = seconds(
      METRICS.operationDuration,
      'Time until a message was accepted.',
    );
    this.#processDuration = seconds(METRICS.processDuration, 'Time that a handler took.');
    this.#retries = messages(OWN_METRICS.retries, 'Attempts that failed and are repeated.');
    this.#deadLetters = messages(OWN_METRICS.deadLetters, 'Messages that were given up.');
  }

  sent(count: number, seconds: number, attributes: Attributes): void {
    this.#sent.add(count, attributes);
    this.#operationDuration.record(seconds, attributes);
  }

  consumed(count: number, attributes: Attributes): void {
    this.#consumed.add(count, attributes);
  }

  processed(seconds: number, attributes: Attributes): void {
    this.#processDuration.record(seconds, attributes);
  }

  settled({ outcome, queue, reason, system }: Settlement): void {
    if (outcome === 'retry') this.#retries.add(1, queueAttributes({ queue, system }));
    else if (outcome === 'giveUp')
      this.#deadLetters.add(1, {
        ...queueAttributes({ queue, system }),
        [OWN_ATTRIBUTES.reason]: reason,
      });
  }

  /** Asks the application at each collection; returns what ends that. */
  observe(application: MeasuredApplication): () => void {
    const gauge = (name: string, unit: string, description: string) =>
      this.#meter.createObservableGauge(name, { unit, description });
    const gauges: Gauges = {
      depth: gauge(OWN_METRICS.depth, '{message}', 'Messages in a queue, by what they wait for.'),
      oldest: gauge(OWN_METRICS.oldest, 's', 'How long the oldest due message has waited.'),
      active: gauge(OWN_METRICS.active, '{handler}', 'Handlers that have not settled.'),
      scopes: gauge(OWN_METRICS.scopes, '{scope}', 'Scopes that have not ended.'),
    };
    const observables = Object.values(gauges);
    const callback = (result: BatchObservableResult) => observed(result, gauges, application);
    this.#meter.addBatchObservableCallback(callback, observables);
    return () => this.#meter.removeBatchObservableCallback(callback, observables);
  }
}

interface Gauges {
  readonly [name: string]: ObservableGauge;
  readonly depth: ObservableGauge;
  readonly oldest: ObservableGauge;
  readonly active: ObservableGauge;
  readonly scopes: ObservableGauge;
}

async function observed(
  result: BatchObservableResult,
  { active, depth, oldest, scopes }: Gauges,
  application: MeasuredApplication,
): Promise<void> {
  const { inFlight, scopes: alive } = application.census();
  result.observe(active, inFlight);
  result.observe(scopes, alive);
  for (const numbers of await application.queues()) {
    const attributes = queueAttributes(numbers);
    for (const state of STATES)
      result.observe(depth, numbers[state], { ...attributes, [OWN_ATTRIBUTES.state]: state });
    if (numbers.oldest !== undefined) result.observe(oldest, numbers.oldest / 1000, attributes);
  }
}

function queueAttributes({ queue, system }: Pick<QueueNumbers, 'queue' | 'system'>): Attributes {
  return { [ATTRIBUTES.system]: systemName(system), [ATTRIBUTES.destination]: queue };
}
