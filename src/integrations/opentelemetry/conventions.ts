/**
 * The names of OpenTelemetry that are used here, in one place: the conventions for messaging still move. A test compares the table with the
 * package `@opentelemetry/semantic-conventions`, which a program need not install for it.
 */

/** Attributes of spans and metrics. */
export const ATTRIBUTES = {
  system: 'messaging.system.name',
  operationName: 'messaging.operation.name',
  operationType: 'messaging.operation.type',
  destination: 'messaging.destination.name',
  template: 'messaging.destination.template',
  group: 'messaging.consumer.group.name',
  batchSize: 'messaging.batch.message_count',
  messageId: 'messaging.message.id',
  conversationId: 'messaging.message.conversation_id',
  errorType: 'error.type',
} as const;

/** Kinds of operations. */
export const OPERATION_TYPES = { send: 'send', process: 'process' } as const;

/** Metrics of the conventions. */
export const METRICS = {
  sent: 'messaging.client.sent.messages',
  consumed: 'messaging.client.consumed.messages',
  operationDuration: 'messaging.client.operation.duration',
  processDuration: 'messaging.process.duration',
} as const;

/** Attributes of our own, where the conventions have none. */
export const OWN_ATTRIBUTES = {
  handler: 'carillon.handler',
  event: 'carillon.event',
  scope: 'carillon.scope',
  attempt: 'carillon.message.attempt',
  state: 'carillon.message.state',
  reason: 'carillon.dead_letter.reason',
} as const;

/** Metrics of our own. */
export const OWN_METRICS = {
  depth: 'carillon.queue.depth',
  oldest: 'carillon.queue.oldest.age',
  retries: 'carillon.queue.retries',
  deadLetters: 'carillon.queue.dead_letters',
  active: 'carillon.handlers.active',
  scopes: 'carillon.scopes.live',
} as const;

/** The bounds that the conventions advise for durations, in seconds. */
export const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** What an error is called whose class says nothing. */
export const OTHER_ERROR = '_OTHER';

/** What is called the system where no engine carries the message. */
export function systemName(system: string): string {
  return system === 'memory' ? 'carillon' : system;
}
