import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { plainText, readModuleText, stampOfText } from '../../src/addons/module-text.ts';
import { createWorld } from '../support/world.ts';

const README = `=====
Title
=====

..
   !!!!!!!!!!!!!!!!!!!!!!!!!!!!!!
   !! This file is generated   !!

.. |badge1| image:: https://img.shields.io/badge/maturity-Beta-yellow.png
    :target: https://odoo-community.org/page/development-status
    :alt: Beta

|badge1| |badge2|

This module prints *labels*, see https://example.com/x for <b>more</b>.

**Table of contents**

.. contents::
   :local:

Configuration
=============

Nothing to do.

Bug Tracker
===========
Bugs are tracked elsewhere.
`;

const textIn = (folder: string) => readModuleText(folder, 1000).text;

describe('what a module says of itself', () => {
  it('is in the fragment of its description first, then in README.rst', () => {
    const world = createWorld();
    const folder = world.folder('m');
    expect(readModuleText(folder, 1000)).toEqual({ text: '', stamp: '' });
    world.file('m/README.rst', README);
    expect(textIn(folder)).toBe('===== Title ===== This module prints *labels*, see for more .');
    world.file('m/readme/DESCRIPTION.rst', 'One');
    expect(textIn(folder)).toBe('One');
    world.file('m/readme/DESCRIPTION.md', '# Two\n![Image](path.png) three');
    expect(textIn(folder)).toBe('# Two three');
  });

  it('has a stamp that tells changes', () => {
    const world = createWorld();
    const folder = world.folder('m');
    world.file('m/README.rst', 'One');
    const { stamp } = readModuleText(folder, 1000);
    expect(stampOfText(folder)).toBe(stamp);
    world.file('m/README.rst', 'Three');
    expect(stampOfText(folder)).not.toBe(stamp);
    world.file('m/readme/DESCRIPTION.md', 'Three');
    const another = stampOfText(folder);
    rmSync(world.at('m/readme'), { recursive: true });
    expect(stampOfText(folder)).not.toBe(another);
  });

  it('is read from a regular file in its own folder only', () => {
    const world = createWorld();
    world.file('outside/DESCRIPTION.md', 'Secret');
    world.link(world.at('outside/DESCRIPTION.md'), 'link/readme/DESCRIPTION.md');
    world.link(world.at('outside'), 'folder/readme');
    world.folder('pipe/readme');
    execFileSync('mkfifo', [world.at('pipe/readme/DESCRIPTION.md')]);
    world.folder('dir/readme/DESCRIPTION.md');
    for (const name of ['link', 'folder', 'pipe', 'dir']) {
      expect(textIn(world.at(name)), name).toBe('');
      world.file(`${name}/README.rst`, 'Own');
    }
    expect(['link', 'pipe', 'dir'].map((name) => textIn(world.at(name)))).toEqual(['Own', 'Own', 'Own']);
  });

  it('is of bounded size, and need not be UTF-8', () => {
    const world = createWorld();
    world.file('huge/README.rst', 'x'.repeat(128 * 1024 + 1));
    expect(textIn(world.at('huge'))).toBe('');
    world.file('long/README.rst', 'word '.repeat(1000));
    expect(readModuleText(world.at('long'), 12).text).toBe('word word wo');
    world.file('latin1/README.rst', Buffer.from('caf\u00e9 cr\u00e8me', 'latin1') as unknown as string);
    expect(textIn(world.at('latin1'))).toBe('caf\ufffd cr\ufffdme');
  });
});

describe('the words of a text', () => {
  it.each([
    ['Text\n\nCredits\n=======\n\nAuthors', 'Text'],
    ['Text\n\n## Contributors\n\nAuthors', 'Text'],
    ['Text\n\nBug Tracker\r\n', 'Text'],
    ['Give credits to customers', 'Give credits to customers'],
    ['One\n.. figure:: x.png\n   :alt: Two\n\n   Three\nFour', 'One Four'],
    ['.. comment\nText', 'Text'],
    ['a|b|c and a | b', 'a c and a | b'],
    ['if a < b and c', 'if a < b and c'],
    ['ftp://x/y z', 'z'],
    ['  \n\t ', ''],
  ])('of %j are %j', (text, words) => {
    expect(plainText(text, 1000)).toBe(words);
  });

  // In quadratic time, each would take minutes.
  it.each(['![', '|', '<', 'a', '![a]', '.. ', '..\n ', '\n', '# ', '|a', ' ', 'http://', '**Table of '])(
    'are found in linear time among many %j',
    (part) => {
      expect(plainText(part.repeat((2 * 1024 * 1024) / part.length), 10).length).toBeLessThanOrEqual(10);
    },
  );
});
