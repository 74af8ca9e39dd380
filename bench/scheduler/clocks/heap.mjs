/** The clock of the library: a binary heap. */
import { manualClock } from 'carillon';

export function createClock() {
  return manualClock();
}
