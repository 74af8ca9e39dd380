/** What a process that works on a backlog is told, and what it answers. */

/** What was done of each event, and when the last of the few was. */
const done = { many: 0, few: 0, lastFew: 0 };

/**
 * Counts a message that was done.
 *
 * @param {string} event
 */
export function count(event) {
  if (event === 'bench.many') done.many += 1;
  else {
    done.few += 1;
    done.lastFew = Date.now();
  }
}

/**
 * Follows each command, and answers it with what was done so far; after `end` the process is over.
 *
 * @param {Record<string, () => unknown>} commands
 */
export function obey(commands) {
  process.on('message', async (/** @type {string} */ command) => {
    await commands[command]?.();
    process.send?.(done, () => {
      if (command === 'end') process.exit();
    });
  });
  process.send?.(done);
}
