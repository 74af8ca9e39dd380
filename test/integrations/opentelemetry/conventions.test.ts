/** The names that spans and metrics have, compared with the package that has the conventions. */
import { describe, expect, it } from '@jest/globals';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import {
  ATTRIBUTES,
  METRICS,
  OPERATION_TYPES,
  OTHER_ERROR,
  OWN_ATTRIBUTES,
  OWN_METRICS,
} from '../../../src/integrations/opentelemetry/conventions.js';

describe('the table of names', () => {
  it('has the names of the installed conventions', () => {
    expect(ATTRIBUTES).toEqual({
      system: conventions.ATTR_MESSAGING_SYSTEM_NAME,
      operationName: conventions.ATTR_MESSAGING_OPERATION_NAME,
      operationType: conventions.ATTR_MESSAGING_OPERATION_TYPE,
      destination: conventions.ATTR_MESSAGING_DESTINATION_NAME,
      template: conventions.ATTR_MESSAGING_DESTINATION_TEMPLATE,
      group: conventions.ATTR_MESSAGING_CONSUMER_GROUP_NAME,
      batchSize: conventions.ATTR_MESSAGING_BATCH_MESSAGE_COUNT,
      messageId: conventions.ATTR_MESSAGING_MESSAGE_ID,
      conversationId: conventions.ATTR_MESSAGING_MESSAGE_CONVERSATION_ID,
      errorType: conventions.ATTR_ERROR_TYPE,
    });
    expect(METRICS).toEqual({
      sent: conventions.METRIC_MESSAGING_CLIENT_SENT_MESSAGES,
      consumed: conventions.METRIC_MESSAGING_CLIENT_CONSUMED_MESSAGES,
      operationDuration: conventions.METRIC_MESSAGING_CLIENT_OPERATION_DURATION,
      processDuration: conventions.METRIC_MESSAGING_PROCESS_DURATION,
    });
    expect(OPERATION_TYPES).toEqual({
      send: conventions.MESSAGING_OPERATION_TYPE_VALUE_SEND,
      process: conventions.MESSAGING_OPERATION_TYPE_VALUE_PROCESS,
    });
    expect(OTHER_ERROR).toBe(conventions.ERROR_TYPE_VALUE_OTHER);
  });

  it('has its own names where the conventions have none', () => {
    const known = new Set<unknown>(Object.values(conventions));
    for (const name of [...Object.values(OWN_ATTRIBUTES), ...Object.values(OWN_METRICS)]) {
      expect(name).toMatch(/^carillon\./);
      expect(known).not.toContain(name);
    }
  });
});
