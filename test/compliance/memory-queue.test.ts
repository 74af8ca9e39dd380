/** Queues in memory, case by case. */
import { describeQueueProvider } from 'carillon/testing';
import { MEMORY } from '../../src/queue/memory-channel.js';

describeQueueProvider('memory', () => ({ options: () => ({}), close: async () => undefined }), MEMORY);
