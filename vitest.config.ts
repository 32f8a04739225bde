import { defineConfig } from 'vitest/config';

/** What takes long: it starts many processes, races or kills them, or tries very many cases. */
const SLOW = [
  'test/{e2e,limits}/**/*.test.ts',
  'test/**/{race,killed,hammer,denied,histories,processes,postgres,fuzz-*}.test.ts',
  'test/commands/!(compile-cache).test.ts',
  'test/approvals/approvals.test.ts',
  'test/audit/command.test.ts',
  'test/limiter/stores/journal-{fold,protocol}.test.ts',
  'test/sources/{states,provenance,compare-checkout,python-environment,changed-files,python-addons,modules-in-checkout}.test.ts',
  'test/services/source-index/*.test.ts',
  'test/sources/remote/{update,obstacle,hostile-update}.test.ts',
  'test/config/{odoo-conf-file,sort-roots}.test.ts',
  'test/policy/command.test.ts',
  'test/{catalog/catalog-property,links/failing,limiter/promises,audit/verify}.test.ts',
  'test/manifest/{differential,literal}.test.ts',
  // Megabytes of text, hundreds of thousands of entries, or pauses for the clock of the file system.
  'test/{base/text,config/jsonc,addons/folder-pattern,server/fit,services/turns,policy/evaluate,catalog/catalog}.test.ts',
  'test/{build,server/cost}.test.ts',
  'test/packaging/*.test.ts',
];
/** What meets the file system of another platform: run a second time as if this one were macOS, without /proc. */
const ELSEWHERE = [
  'test/links/!(killed|race).test.ts',
  'test/base/{paths,read-inside,bounded-file}.test.ts',
  'test/addons/{discover,folder-look,lookup,real-paths,roots}.test.ts',
  'test/state/{folder,holder,proof,record-folder}.test.ts',
];
const ALL = ['test/**/*.test.ts'];

export default defineConfig({
  test: {
    // The limits are for what hangs, not for what is slow. Most tests wait for processes they have started, so two files at
    // once pay even on two cores.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    maxWorkers: 2,
    globalSetup: 'test/support/global-setup.ts',
    projects: [
      { extends: true, test: { name: 'fast', include: ALL, exclude: SLOW } },
      { extends: true, test: { name: 'slow', include: SLOW } },
      {
        extends: true,
        test: { name: 'elsewhere', include: ELSEWHERE, setupFiles: 'test/support/elsewhere.cjs' },
      },
    ],
  },
});
