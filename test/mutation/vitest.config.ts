import { defineConfig } from 'vitest/config';

/** The tests beside the rooms that are mutated, without those that start many processes: they run for each mutant. */
export default defineConfig({
  test: {
    include: ['test/{links,policy,sources,state,audit}/**/*.test.ts'],
    exclude: ['test/**/{killed,race,hammer,denied,postgres,processes,fuzz-git-folders}.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
