import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The limits are for what hangs, not for what is slow. Most tests wait for processes they have started, so two files at once pay even on two cores.
  test: { include: ['test/**/*.test.ts'], testTimeout: 600_000, hookTimeout: 600_000, maxWorkers: 2 },
});
