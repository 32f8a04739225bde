import { isUtf8 } from 'node:buffer';

/** The text of a manifest file, or an error that completes "the manifest …". */
export type DecodedManifest = { ok: true; text: string } | { ok: false; error: string };

/**
 * Decodes a manifest file as Python's text mode does (odoo/tools/misc.py, `file_open`): strict UTF-8, `\r\n` and `\r`
 * read as `\n`. A byte-order mark stays in the text, where it is a syntax error; an encoding comment has no effect.
 */
export function decodeManifest(bytes: Uint8Array): DecodedManifest {
  if (!isUtf8(bytes)) return { ok: false, error: 'is not UTF-8 text' };
  // Making a second Buffer over the same bytes would take longer than decoding them.
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  return { ok: true, text: text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text };
}
