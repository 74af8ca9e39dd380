/** The bus between applications of one process, case by case. */
import { describeBusTransport } from 'carillon/compliance';
import { memoryEngine } from '../../src/bus/memory-bus.js';

describeBusTransport(
  'memory',
  () => {
    const engine = memoryEngine();
    return { transport: () => engine.connect(), close: async () => undefined };
  },
  memoryEngine().capabilities,
);
