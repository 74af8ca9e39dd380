/** Queues in memory, case by case. */
import { describeQueueProvider } from 'carillon/compliance';
import { MEMORY } from '../../src/queue/memory/memory-backend.js';

describeQueueProvider(
  'memory',
  () => ({ options: () => ({}), close: async () => undefined }),
  MEMORY,
);
