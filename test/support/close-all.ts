/** The clean-up of a test that has several things open. */

/** Runs each step after the one before it, also after one that failed, and rejects with the first failure. */
export async function closeAll(...steps: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
