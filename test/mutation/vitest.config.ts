import { defineConfig } from 'vitest/config';

/** The tests beside the rooms that are mutated, without those that take long: some of them run for each mutant. */
export default defineConfig({
  test: {
    include: ['test/{links,policy,gate,approvals,sources,state,audit}/**/*.test.ts'],
    exclude: [
      'test/links/{race,killed,failing,swapped}.test.ts',
      'test/policy/{command,patterns}.test.ts',
      'test/approvals/approvals.test.ts',
      'test/sources/{states,provenance,python-environment,fuzz-git-folders,compare-checkout}.test.ts',
      'test/audit/{command,processes,verify}.test.ts',
    ],
    testTimeout: 15_000,
    hookTimeout: 15_000,
  },
});
