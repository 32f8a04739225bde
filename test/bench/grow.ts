import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { modulesUnder } from '../../src/addons/module-folders.ts';
import { takeTurns } from '../../src/base/turns.ts';
import { all } from '../support/turns.ts';

/**
 * Copies what a catalog reads of a tree's modules, as often as it takes. The first copy keeps the names, so that all find what they
 * need; the names of the others have a number at the end.
 * @param count How many modules there shall be.
 */
export async function growTree(tree: string, into: string, count: number): Promise<void> {
  const paths = await all(modulesUnder(tree, takeTurns()));
  for (let index = 0; index < count; index++) {
    const path = paths[index % paths.length] as string;
    const copy = Math.floor(index / paths.length);
    const end = copy === 0 ? '' : `_${copy}`;
    const folder = join(into, basename(dirname(path)) + end, basename(path) + end);
    mkdirSync(folder, { recursive: true });
    for (const file of ['__manifest__.py', '__init__.py']) {
      if (existsSync(join(path, file))) copyFileSync(join(path, file), join(folder, file));
    }
  }
}
