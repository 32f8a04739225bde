/**
 * Fast-check, with the same cases in every run: a change must not fail for a case that has nothing to do with it.
 * `PROPERTY_SEED=2 npm test` tries others.
 */
import fc from 'fast-check';

/** What all random cases of a run begin with. */
export const SEED = Number(process.env.PROPERTY_SEED ?? 1);

fc.configureGlobal({ seed: SEED });

export default fc;
