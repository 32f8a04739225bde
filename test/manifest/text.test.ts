import { expect, it } from 'vitest';
import { decodeManifest } from '../../src/manifest/text.ts';
import { judgeManifest } from '../../src/manifest/verdict.ts';

function bytes(...parts: (string | number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part)] : part)));
}

it.each([
  ['a Windows line end', '{\r\n}', '{\n}'],
  ["an old Mac's line end", '{\r}\r\r', '{\n}\n\n'],
  ['both', '\r\r\n\n', '\n\n\n'],
  ['characters of every length', 'é€😀', 'é€😀'],
  ['nothing', '', ''],
])('reads %s as Python does', (_, written, text) => {
  expect(decodeManifest(bytes(written))).toEqual({ ok: true, text });
  expect(decodeManifest(Buffer.from(written))).toEqual({ ok: true, text });
});

it('reads only the part of a buffer it was given', () => {
  expect(decodeManifest(bytes('xx{}xx').subarray(2, 4))).toEqual({ ok: true, text: '{}' });
});

it.each([
  ['Latin-1', [0xe9]],
  ['a character in more bytes than it needs', [0xc0, 0x80]],
  ['half of a character', [0xed, 0xa0, 0x80]],
  ['above the last character', [0xf4, 0x90, 0x80, 0x80]],
  ['a character cut short', [0xe2, 0x82]],
])('refuses %s', (_, wrong) => {
  expect(decodeManifest(bytes("{'name': '", wrong, "'}"))).toHaveProperty('ok', false);
});

it('keeps a byte-order mark, which is a syntax error', () => {
  const decoded = decodeManifest(bytes([0xef, 0xbb, 0xbf], '{}'));
  if (!decoded.ok) throw new Error(decoded.error);
  const { problems } = judgeManifest(decoded.text, '17.0');
  expect(problems).toMatchObject([
    { code: 'syntax_error', message: expect.stringContaining('byte-order mark') },
  ]);
});

it('lets a cookie name any encoding: it changes nothing', () => {
  const decoded = decodeManifest(bytes("# -*- coding: latin-1 -*-\n{'name': 'é'}"));
  expect(judgeManifest(decoded.ok ? decoded.text : '', '17.0').fields?.name).toBe('é');
});
