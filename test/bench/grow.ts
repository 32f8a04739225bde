import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { modulesUnder } from '../../src/addons/module-folders.ts';
import { takeTurns } from '../../src/base/turns.ts';
import { all } from '../support/turns.ts';

/**
 * Copies what a catalog reads of a tree's modules, as often as it takes; each copy's names have a number at the end.
 * @param count How many modules there shall be.
 */
export async function growTree(tree: string, into: string, count: number): Promise<void> {
  const paths = await all(modulesUnder(tree, takeTurns()));
  for (let index = 0; index < count; index++) {
    const path = paths[index % paths.length] as string;
    const copy = Math.floor(index / paths.length);
    const folder = join(into, `${basename(dirname(path))}_${copy}`, `${basename(path)}_${copy}`);
    mkdirSync(folder, { recursive: true });
    for (const file of ['__manifest__.py', '__init__.py']) {
      if (existsSync(join(path, file))) copyFileSync(join(path, file), join(folder, file));
    }
  }
}
