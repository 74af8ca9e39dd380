/** Who has called: for reports of what can only be mended there. */

interface StackLimit {
  stackTraceLimit: number | undefined;
}

/** There are more frames between the caller and a container's adapter than a stack shows by default. */
const FRAMES = 50;

/** The frames of the stack, the innermost first. Read at once: an error that is kept would keep everything that its frames refer to. */
export function stackFrames(): readonly string[] {
  const limited = Error as unknown as StackLimit;
  const limit = limited.stackTraceLimit;
  limited.stackTraceLimit = FRAMES;
  const frames = (new Error('stack').stack ?? '').split('\n').slice(1);
  limited.stackTraceLimit = limit;
  return frames;
}
