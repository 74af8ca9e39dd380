/**
 * The random programs of property tests are the same ones in each run, so that a failure is always of the change at hand.
 * `CARILLON_SEED=random` looks for new ones, and a number is the seed that a failure has told.
 */
import fc from 'fast-check';

const { CARILLON_SEED = '20261128' } = process.env;

if (CARILLON_SEED !== 'random') fc.configureGlobal({ seed: Number(CARILLON_SEED) });

export { fc };
