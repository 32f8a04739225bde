import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Most tests wait for processes they have started, so two files at once pay even on two cores.
  test: { include: ['test/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 2 },
});
