/** Queues of text that applications share, case by case: what is the same for all engines works, and the suite sees it. */
import { describeQueueProvider } from 'carillon/compliance';
import { SHARED, SharedQueues } from '../support/shared-queues.js';

describeQueueProvider(
  'a shared store',
  () => {
    const engine = new SharedQueues();
    return { options: () => ({ provider: engine.provider() }), close: async () => engine.close() };
  },
  SHARED,
);
