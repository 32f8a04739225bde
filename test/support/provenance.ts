import type { PlacedFolder, Provenance, ReadProvenance } from '../../src/sources/provenance.ts';

/** A reader that tells of each folder by itself. */
export function eachFolder(
  read: (folder: string, root: string) => Provenance | null | Promise<Provenance | null>,
): ReadProvenance {
  return (folders: readonly PlacedFolder[]) =>
    Promise.all(folders.map(async ({ path, root }) => read(path, root)));
}

/** Asks a reader about one folder. */
export function askAboutOne(
  read: ReadProvenance,
): (folder: string, root: string) => Promise<Provenance | null> {
  return async (path, root) => (await read([{ path, root }]))[0] ?? null;
}
