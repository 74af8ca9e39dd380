/** Queues in memory, case by case. */
import { describeQueueProvider } from 'carillon/compliance';
import { memoryQueues } from '../../src/queue/memory/memory-backend.js';

describeQueueProvider(
  'memory',
  () => ({ options: () => ({}), close: async () => undefined }),
  memoryQueues.capabilities,
);
