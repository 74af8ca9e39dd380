/** What may exceed the limits of `npm run limits`, each with its reason. An entry that is not needed any more is an error. */

/** @type {Readonly<Record<string, string>>} */
export const exceptions = {
  'src/queue/event-queue.ts EventQueue':
    'The façade of queues: one method for each thing that a program does with them, each a few lines.',
  'src/queue/memory/memory-backend.ts MemoryBackend':
    'Implements the whole contract of a back end, most of it by handing on to one queue.',
};
