/** What a game writes first: a list of generators, each of which is resumed in every tick and asks for the time itself. */
export function createWorld() {
  let now = 0;
  /** @type {Set<Generator<undefined, void, unknown>>} */
  const tasks = new Set();

  function* sleeper() {
    const end = now + 365 * 24 * 3_600_000;
    while (now < end) yield;
  }

  /** @param {() => void} step */
  function* walker(step) {
    for (;;) {
      yield;
      step();
    }
  }

  /** @param {Generator<undefined, void, unknown>} task */
  const add = (task) => {
    if (!task.next().done) tasks.add(task);
  };
  return {
    /** @param {number} dt */
    tick(dt) {
      now += dt;
      for (const task of tasks) if (task.next().done) tasks.delete(task);
    },
    /** @param {number} count */
    addSleepers(count) {
      for (let index = 0; index < count; index += 1) add(sleeper());
    },
    /**
     * @param {number} count
     * @param {() => void} step
     */
    addWalkers(count, step) {
      for (let index = 0; index < count; index += 1) add(walker(step));
    },
  };
}
