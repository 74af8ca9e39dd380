/** Tracing and metrics by OpenTelemetry. */
export type { Interceptor } from '../../dispatch/interceptor.js';
export type { Telemetry } from '../../dispatch/telemetry.js';
export { type HandlerSpansOptions, handlerSpans } from './handler-spans.js';
export { type OpenTelemetryOptions, openTelemetry } from './open-telemetry.js';
