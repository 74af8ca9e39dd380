/** Garbage collection on demand, in a process that was begun without it. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Gives what collects: V8 hands it to a context that is made after the flag was set. */
export function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
