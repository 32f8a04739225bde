import { inOneLine } from '../base/text.ts';
import type { OdooConnection } from './odoo-connection.ts';

/** What stands for a secret in a text. */
const HIDDEN = '***';
/** A shorter one may be part of many words: it is hidden where it is one itself. */
const LONG = 8;

/**
 * A text of a server, or of a command, without the password or API key that it was sent: an error may repeat a request, as it was
 * or as JSON, Python, HTML and addresses write it. To be called before the text is cut.
 */
export function withoutSecret(text: string, { secret }: Pick<OdooConnection, 'secret'>): string {
  let left = text;
  for (const form of formsOf(secret.value)) {
    const escaped = form.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    const pattern = form.length < LONG ? `(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_])` : escaped;
    left = left.replace(new RegExp(pattern, 'gu'), HIDDEN);
  }
  return left;
}

/** How the secret may be written, the longest first: one form may be part of another. */
function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const ascii = (text: string) =>
    text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const html = secret.replace(/[&<>"']/g, (mark) => HTML[mark] as string);
  const forms = [
    ...[secret, inOneLine(secret), json, ascii(json), JSON.stringify(json).slice(1, -1)],
    ...[secret.replace(/['\\]/g, '\\$&'), html, html.replaceAll('&#x27;', '&#39;')],
    ...[encodeURIComponent(Buffer.from(secret).toString()), Buffer.from(secret).toString('base64')],
  ];
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#x27;',
};
