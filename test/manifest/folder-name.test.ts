import { expect, it } from 'vitest';
import { inspectFolderName } from '../../src/manifest/folder-name.ts';
import { inspectionOf } from './inspection.ts';

it.each([
  ['c-dash', '18.0', null],
  ['c-dash', '19.0', /other characters.*Update Apps List fails.*rename the folder/],
  ['a b', '14.0', /a space.*Update Apps List fails.*rename the folder/],
  ['a.zip', '18.0', /does not find the module; rename the folder/],
  ['a\\b', '18.0', /does not find the module/],
  [undefined, '19.0', null],
] as const)('of %j on %s says %s', (folder, series, said) => {
  const manifest = inspectionOf('', series);
  inspectFolderName(manifest, folder);
  expect(manifest.problems).toMatchObject(
    said === null ? [] : [{ code: 'folder_name_invalid', message: expect.stringMatching(said) }],
  );
});
