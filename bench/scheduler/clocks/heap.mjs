/** The clock of the library: a heap with four below each place. */
import { manualClock } from 'carillon';

export function createClock() {
  return manualClock();
}
