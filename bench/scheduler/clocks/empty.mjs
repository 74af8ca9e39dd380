/** The clock of the library, without the sleepers: what a tick costs by itself. */
export { createClock } from './heap.mjs';

export const SLEEPERS = 0;
