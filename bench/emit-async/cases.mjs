/** The emit-async suite: ten asynchronous handlers, and whoever sends waits for all of them. */

/** @import { Case } from '../measure.mjs' */

const HANDLERS = 10;

export class Measured {
  value = 1;
}

export class Listener {
  heard = 0;

  /** @param {Measured} event */
  async hear(event) {
    this.heard += event.value;
  }
}

/**
 * @param {string} name
 * @returns {Promise<Case[]>}
 */
export async function createCases(name) {
  /** @type {{ createSend: (listeners: readonly Listener[]) => (event: Measured) => Promise<unknown> }} */
  const { createSend } = await import(`./contenders/${name}.mjs`);
  const listeners = Array.from({ length: HANDLERS }, () => new Listener());
  const send = createSend(listeners);
  const event = new Measured();
  return [
    {
      name: 'send and wait',
      operations: 1,
      run: async (passes) => {
        for (const listener of listeners) listener.heard = 0;
        for (let pass = 0; pass < passes; pass += 1) await send(event);
        for (const { heard } of listeners)
          if (heard !== passes)
            throw new Error(`${name} called a listener ${heard} times in ${passes}.`);
      },
    },
  ];
}
