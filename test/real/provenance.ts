/**
 * Holds the provenance of real checkouts in many states against what git says of them.
 *
 *   npm run try:provenance -- TREE [common]
 *
 * TREE is a folder of checkouts. Each is cloned for each state, or for each of the twelve common ones; nothing in TREE is changed. Every answer has to be git's,
 * or null.
 */
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProvenanceReader } from '../../src/sources/provenance.ts';
import { askGit, COMMON_STATES, git, RARE_STATES } from '../sources/states.ts';
import { askAboutOne } from '../support/provenance.ts';

const [tree, which] = process.argv.slice(2);
if (tree === undefined) throw new Error('Usage: npm run try:provenance -- TREE [common]');
const checkouts = readdirSync(tree).filter((name) => existsSync(join(tree, name, '.git')));
const look = askAboutOne(createProvenanceReader());
const counts = new Map<string, { equal: number; unknown: number; wrong: number }>();

for (const name of checkouts) {
  for (const [state, make] of Object.entries(
    which === 'common' ? COMMON_STATES : { ...COMMON_STATES, ...RARE_STATES },
  )) {
    const world = realpathSync(mkdtempSync(join(tmpdir(), 'provenance-')));
    const path = join(world, 'checkout');
    git(world, 'clone', '-q', realpathSync(join(tree, name)), path);
    // Those in folders first: the state of a sparse checkout is about folders.
    const tracked = git(path, 'ls-files', '--', '*.py', '*.md', '*.txt', '*.cfg', '*.yml').split('\n');
    const texts = tracked.some((file) => file.includes('/'))
      ? tracked.filter((file) => file.includes('/'))
      : tracked;
    const files = [texts[0] as string, texts.at(-1) as string] as const;
    const folder = make({ path, aside: join(world, 'aside'), files }) ?? path;
    const mine = (await look(folder, world)) ?? { branch: null, commit: null, dirty: null };
    const real = askGit(folder);
    const count = counts.get(state) ?? { equal: 0, unknown: 0, wrong: 0 };
    counts.set(state, count);
    for (const key of ['branch', 'commit', 'dirty'] as const) {
      if (mine[key] === real[key]) count.equal++;
      else if (mine[key] === null) count.unknown++;
      else {
        count.wrong++;
        console.log(`WRONG ${name}, ${state}: ${key} is ${mine[key]}, git says ${real[key]}`);
      }
    }
    rmSync(world, { recursive: true, force: true });
  }
}
console.table(Object.fromEntries(counts));
const total = [...counts.values()].reduce((sum, { wrong }) => sum + wrong, 0);
console.log(`${checkouts.length} checkouts, ${counts.size} states, ${total} wrong`);
process.exitCode = total === 0 && checkouts.length > 0 ? 0 : 1;
