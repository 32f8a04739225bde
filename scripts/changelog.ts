/** The changelog. `tsx scripts/changelog.ts VERSION` prints what it says of a version. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Gives what is under "Unreleased" its version and day.
 * @param day As 2026-01-31.
 * @throws When nothing is under it.
 */
export function closeChangelog(text: string, version: string, day: string): string {
  if (sectionOf(text, 'Unreleased') === '')
    throw new Error('CHANGELOG.md has nothing under "## Unreleased".');
  return text.replace(/^## Unreleased$/m, `## ${version} (${day})`);
}

/** What the changelog says of a version, for the page of its release; empty if it says nothing. */
export function sectionOf(text: string, title: string): string {
  const sections = text.split(/^## /m);
  const found = sections.find(
    (section) => section === title || /^[^\n(]*/.exec(section)?.[0].trim() === title,
  );
  return found === undefined ? '' : found.replace(/^.*\n?/, '').trim();
}

if (process.argv[1] === import.meta.filename) {
  const notes = sectionOf(
    readFileSync(join(import.meta.dirname, '../CHANGELOG.md'), 'utf8'),
    process.argv[2] ?? '',
  );
  if (notes === '') throw new Error(`CHANGELOG.md says nothing of ${process.argv[2]}.`);
  console.log(notes);
}
