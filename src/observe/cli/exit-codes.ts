/** What the end of a command says to the shell. */

/** The command did what it was asked to. */
export const OK = 0;
/** It found something: a fault of `doctor`, another snapshot, nothing of that name, a port that is taken. */
export const FINDINGS = 1;
/** It was called wrongly. */
export const USAGE = 2;
/** The project could not be loaded. */
export const CANNOT_LOAD = 3;
