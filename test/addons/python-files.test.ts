import { describe, expect, it } from 'vitest';
import { findRealPathInModule } from '../../src/addons/python-files.ts';
import { Interruption } from '../../src/base/interruption.ts';
import { patchFs } from '../support/patch-fs.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld } from '../support/world.ts';

const USES_IT = 'x = file_open(os.path.realpath(__file__))\n';

async function find(files: Record<string, string>): Promise<string | null> {
  const world = createWorld();
  world.folder('m');
  for (const [name, text] of Object.entries(files)) world.file(`m/${name}`, text);
  return (await findRealPathInModule(world.at('m'), noTurns))?.file ?? null;
}

describe('findRealPathInModule', () => {
  it('says where, and which function of Odoo gets the path', async () => {
    const world = createWorld();
    world.file('m/models/a.py', `\n\n${USES_IT}`);
    expect(await findRealPathInModule(world.at('m'), noTurns)).toEqual({
      file: 'models/a.py',
      line: 3,
      call: 'file_open',
    });
  });

  it.each([
    ['in a folder of the module', 'models/deep/a.py', true],
    ['in tests', 'tests/a.py', false],
    ['in static', 'static/a.py', false],
    ['in translations', 'i18n/a.py', false],
    ['in .git', '.git/a.py', false],
    ['in node_modules', 'node_modules/a.py', false],
    ['in a file of another kind', 'a.txt', false],
  ])('%s', async (_, name, isFound) => {
    expect(await find({ [name]: USES_IT })).toBe(isFound ? name : null);
  });

  it('finds the one nearest to the top', async () => {
    expect(await find({ 'a/a.py': USES_IT, 'z.py': USES_IT })).toBe('z.py');
  });

  it('does not follow links, and passes over what it cannot read', async () => {
    const world = createWorld();
    world.file('elsewhere/a.py', USES_IT);
    world.link('../elsewhere', 'm/folder');
    world.link('../elsewhere/a.py', 'm/a.py');
    world.file('m/big.py', `${' '.repeat(1024 * 1024)}${USES_IT}`);
    expect(await findRealPathInModule(world.at('m'), noTurns)).toBeNull();
    expect(await findRealPathInModule(world.at('gone'), noTurns)).toBeNull();
    world.file('m/z.py', USES_IT);
    expect(await findRealPathInModule(world.at('m'), noTurns)).toMatchObject({ file: 'z.py' });
  });

  it('gives up after 400 files, and looks into 400 folders', async () => {
    const world = createWorld();
    for (let at = 0; at < 400; at++) world.file(`m/f${at}.py`);
    world.file('m/deep/a.py', USES_IT);
    expect(await findRealPathInModule(world.at('m'), noTurns)).toBeNull();
    world.file('n/a/a.py', USES_IT);
    for (let at = 0; at < 399; at++) world.file(`n/a/f${at}.txt`);
    expect(await findRealPathInModule(world.at('n'), noTurns)).toMatchObject({ file: 'a/a.py' });
    for (let at = 0; at < 399; at++) world.folder(`o/f${at}`);
    world.file('o/f0/deep/a.py', USES_IT);
    expect(await findRealPathInModule(world.at('o'), noTurns)).toBeNull();
  });

  it('does not take a shortage for a module without such a file', async () => {
    const world = createWorld();
    world.file('m/a.py', USES_IT);
    for (const call of ['openSync', 'opendirSync'] as const) {
      const undo = patchFs(call, () => () => {
        throw Object.assign(new Error('no'), { code: 'EMFILE' });
      });
      await expect(findRealPathInModule(world.at('m'), noTurns)).rejects.toBeInstanceOf(Interruption);
      undo();
    }
  });

  it('counts a large file as more work', async () => {
    const world = createWorld();
    world.file('m/a.py', 'x'.repeat(64 * 1024));
    const spent: number[] = [];
    await findRealPathInModule(world.at('m'), { spend: (units = 1) => void spent.push(units) });
    expect(Math.max(...spent)).toBe(5);
  });
});
