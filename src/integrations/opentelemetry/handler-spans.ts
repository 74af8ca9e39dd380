/** Spans for the handlers of emitted events. */
import { SpanKind, type TracerProvider, trace } from '@opentelemetry/api';
import { checkOptions, type OptionShape, withMethods } from '../../../decorators/check-options.js';
import type { Interceptor } from '../../dispatch/interceptor.js';
import { OWN_ATTRIBUTES } from './conventions.js';
import { failed } from './failed-span.js';
import { VERSION } from './version.js';

/** Where the spans go. */
export interface HandlerSpansOptions {
  /** Default the global one. */
  readonly tracerProvider?: TracerProvider;
}

const OPTIONS: OptionShape<HandlerSpansOptions> = /* @__PURE__ */ (() => ({
  tracerProvider: withMethods('getTracer'),
}))();

/**
 * An interceptor that makes a span `handle Class.method` of each call of an `@On` and `@Once` handler, within the span at hand. An emit costs
 * many times as much with it; without it such handlers are part of the span that emits.
 *
 * @throws CarillonError `CAR7070` for options that are wrong
 * @example
 * container.register(events({ telemetry: openTelemetry(), interceptors: [handlerSpans()] }));
 */
export function handlerSpans(options: HandlerSpansOptions = {}): Interceptor {
  checkOptions('CAR7070', 'handlerSpans()', OPTIONS, options);
  const tracer = (options.tracerProvider ?? trace).getTracer('carillon', VERSION);
  return (delivery, next) => {
    const { event, handler, scope, verb } = delivery;
    // Messages have their spans by openTelemetry().
    if (verb !== 'On' && verb !== 'Once') return next();
    const attributes = {
      [OWN_ATTRIBUTES.event]: event,
      [OWN_ATTRIBUTES.handler]: handler,
      [OWN_ATTRIBUTES.scope]: scope,
    };
    return tracer.startActiveSpan(
      `handle ${handler}`,
      { kind: SpanKind.INTERNAL, attributes },
      (span) => {
        const fail = (error: unknown) => {
          failed(span, error);
          span.end();
        };
        try {
          const value = next();
          if (value instanceof Promise) value.then(() => span.end(), fail);
          else span.end();
          return value;
        } catch (error) {
          fail(error);
          throw error;
        }
      },
    );
  };
}
