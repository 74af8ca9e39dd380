/** A span whose operation has failed. */
import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { describeThrown } from '../../events/describe-thrown.js';
import { ATTRIBUTES, OTHER_ERROR } from './conventions.js';

/** Notes the error, as it was thrown. */
export function failed(span: Span, error: unknown): void {
  if (!span.isRecording()) return;
  const message = describeThrown(error);
  span.setAttribute(ATTRIBUTES.errorType, errorType(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.recordException(error instanceof Error ? error : message);
}

/** Its code, or else its class: what has few values, and tells nothing of the data. */
export function errorType(error: unknown): string {
  if (typeof error !== 'object' || error === null) return OTHER_ERROR;
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'string' && code !== '') return code;
  const type: unknown = Reflect.get(error, 'constructor');
  return typeof type === 'function' && type.name !== '' ? type.name : OTHER_ERROR;
}
