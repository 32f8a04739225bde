import { basename, dirname, join } from 'node:path';
import type { KeptAssessment } from '../addons/assess.ts';
import type { FolderListing, FolderLook } from '../addons/folder-look.ts';
import { type Root, rootOf } from '../addons/roots.ts';
import { isShortest, pathNamedBy } from '../base/follow.ts';
import type { PathMap } from '../base/path-map.ts';
import { isSettledBy, lstatExactly, type Stamp, stampFrom } from '../base/stamp.ts';
import { ModuleFolder } from '../catalog/module-folder.ts';
import { Settling } from '../catalog/settling.ts';
import { createFolderWatch, type FolderWatch, type Watching } from '../catalog/watch.ts';
import type { Instance } from '../config/instance.ts';
import type { AddonsDir } from '../links/addons-dir.ts';
import { type Entry, inspectEntry } from '../links/inspect-entry.ts';
import { checkoutOf } from '../sources/provenance.ts';

/** What an entry of an addons directory is now; the same object as long as it and its module are the same. */
export interface SeenEntry {
  readonly entry: Entry;
  /** The module a remembered link leads to; null if that must be read. */
  readonly module: SeenModule | null;
}

/** A module that was read when its folder changed last. */
export interface SeenModule {
  readonly assessment: KeptAssessment;
  /** See {@link checkoutOf}. */
  readonly checkout: string;
}

type Link = Extract<Entry, { kind: 'link' }>;

/** A link that is remembered. */
interface KnownLink {
  readonly entry: Link;
  /** The link itself, and when it was looked at, in milliseconds since 1970. */
  readonly stamp: Stamp;
  readonly seenAt: number;
  /** The folder around its target, and what that held. */
  readonly parent: string;
  readonly around: FolderListing;
  readonly folder: ModuleFolder;
  /** What it leads to; null if that must be looked at again. */
  told: SeenEntry | null;
}

/** More links than any addons directory has; further ones are looked at each time. */
const MOST_LINKS = 20_000;

/**
 * What the links of an addons directory lead to, remembered between calls.
 *
 * A link is not looked at again while the directory is unchanged or, where the directory is watched, no event has named it;
 * and while the folder around its target is the same, at the same real path, with the same entries. Its module is read
 * again when its folder or its manifest may have changed, as far as {@link createCatalog} notices changes. Only links whose
 * text is the real path of a folder in a root are remembered: what symlinks on the way lead to could change unseen.
 */
export class LinkedMemory {
  readonly #dir: AddonsDir;
  readonly #instance: Pick<Instance, 'series' | 'roots' | 'paths'>;
  readonly #watch: FolderWatch;
  readonly #links = new Map<string, KnownLink>();
  /** The names that events have told of since they were looked at. */
  readonly #touched = new Set<string>();
  /** The directory at the last look; every link was as it is remembered then or later. */
  #listing: FolderListing | null = null;
  readonly #watched: { watching: Watching | null } = { watching: null };
  #looks = 0;
  readonly #settling = new Settling(
    () => this.#unsettled(),
    () => this.#looks === 0,
  );

  constructor(
    dir: AddonsDir,
    instance: Pick<Instance, 'series' | 'roots' | 'paths'>,
    watch = createFolderWatch(),
  ) {
    this.#dir = dir;
    this.#instance = instance;
    this.#watch = watch;
    abandoned.register(this, { links: this.#links, watched: this.#watched });
  }

  /**
   * Begins a look, which sees every change that was made before.
   * @param look The call's look at folders.
   * @returns Null if the directory cannot be listed.
   */
  async begin(look: FolderLook): Promise<LinkedLook | null> {
    const isWatched = this.#watched.watching?.isAlive === true;
    if (!isWatched) this.#startWatching();
    await this.#watch.caughtUp();
    const hasMissed = this.#watch.mayHaveMissed();
    if (hasMissed) for (const { folder } of this.#links.values()) folder.doubt();
    const listing = await look.list(this.#dir.path);
    if (listing === null) return null;
    for (const name of this.#links.keys()) if (!listing.links.has(name)) this.#forget(name);
    const parents = new Map<string, FolderListing | null>();
    for (const { parent } of this.#links.values()) {
      if (!parents.has(parent)) parents.set(parent, await this.#around(parent, look));
    }
    const isSame = listing === this.#listing;
    const isUntouched = (name: string, link: KnownLink) => {
      if (isSame) return true;
      return isWatched && !hasMissed ? !this.#touched.has(name) : this.#isUnchanged(name, link);
    };
    this.#looks++;
    return {
      listing,
      find: (name) => {
        const known = this.#links.get(name);
        const isKnown =
          known !== undefined && parents.get(known.parent) === known.around && isUntouched(name, known);
        return isKnown ? this.#tell(known) : undefined;
      },
      inspect: async (name) => {
        this.#touched.delete(name);
        const before = this.#links.get(name);
        const seenAt = Date.now();
        const stats = listing.links.has(name) ? lstatExactly(join(this.#dir.path, name)) : null;
        const entry = inspectEntry(this.#dir, name, this.#instance);
        if (stats === null || entry.kind !== 'link' || entry.source === null || entry.family === null)
          return this.#leave(name, entry);
        const parent = dirname(entry.source);
        const around = parents.get(parent) ?? (await this.#around(parent, look));
        parents.set(parent, around);
        if (
          !isPlain(this.#dir.path, entry, this.#instance.paths) ||
          around?.folders.has(basename(entry.source)) !== true
        )
          return this.#leave(name, entry);
        if (before === undefined && this.#links.size >= MOST_LINKS) return this.#leave(name, entry);
        const folder = this.#folderOf(name, entry.source, before);
        const known = { entry, stamp: stampFrom(stats), seenAt, parent, around, folder, told: null };
        this.#links.set(name, known);
        return this.#tell(known);
      },
      end: (isComplete) => {
        this.#looks--;
        if (isComplete) this.#listing = listing;
        for (const name of this.#touched) if (!this.#links.has(name)) this.#touched.delete(name);
        this.#settling.start();
      },
    };
  }

  /** What a folder holds, if the path is its real one. */
  async #around(parent: string, look: FolderLook): Promise<FolderListing | null> {
    const listing = await look.list(parent);
    return look.real(parent) === parent ? listing : null;
  }

  #isUnchanged(name: string, { stamp, seenAt }: KnownLink): boolean {
    const stats = lstatExactly(join(this.#dir.path, name));
    return stats !== null && stampFrom(stats).key === stamp.key && isSettledBy(stamp, seenAt);
  }

  #tell(known: KnownLink): SeenEntry {
    const { entry, folder } = known;
    if (known.told !== null && folder.isTrusted) return known.told;
    folder.refresh();
    const module = folder.module && {
      assessment: folder.module.assessment(),
      checkout: checkoutOf(entry.source as string),
    };
    known.told = { entry, module };
    return known.told;
  }

  /** The folder that is known already, if it would be noticed that another one is there now. */
  #folderOf(name: string, path: string, before: KnownLink | undefined): ModuleFolder {
    // A watch follows its folder even if that was moved.
    before?.folder.unwatch();
    if (before?.folder.listed.path === path && before.folder.isKnown) return before.folder;
    const [watch, { roots, series }] = [this.#watch, this.#instance];
    const root = rootOf(path, roots) as Root;
    const parent = dirname(path);
    const repository = { name: basename(parent), path: parent, root };
    const listed = { name, path, isLink: false, family: root.family };
    const isLocal = watch.isLocal(parent);
    return new ModuleFolder(listed, { repository, isLocal, roots, series, watch, onDoubt: () => {} });
  }

  /** Does not remember an entry. */
  #leave(name: string, entry: Entry): SeenEntry {
    this.#forget(name);
    return { entry, module: null };
  }

  #forget(name: string): void {
    this.#links.get(name)?.folder.unwatch();
    this.#links.delete(name);
  }

  #startWatching(): void {
    const { path } = this.#dir;
    if (!this.#watch.isLocal(path)) return;
    // The system keeps hold of what is watched, but must not keep the memory.
    const weak = new WeakRef(this);
    this.#watched.watching = this.#watch.watch(path, (name) => {
      const memory = weak.deref();
      if (memory !== undefined) memory.#touch(name);
    });
  }

  #touch(name: string | null): void {
    for (const touched of name === null ? this.#links.keys() : [name]) this.#touched.add(touched);
  }

  *#unsettled(): Generator<ModuleFolder> {
    for (const { folder } of this.#links.values()) if (!folder.isSettled) yield folder;
  }
}

/**
 * Whether the text of a link is the real path of its target, or leads there from the addons directory, whose path is real. A
 * `..` behind a name would lead through that folder, wherever it is.
 */
function isPlain(dir: string, { target, source }: Link, paths: PathMap | null): boolean {
  return isShortest(target) && pathNamedBy(dir, target, paths) === source;
}

/** Stops watching for memories that are gone with their addons directories. */
const abandoned = new FinalizationRegistry(
  ({ links, watched }: { links: Map<string, KnownLink>; watched: { watching: Watching | null } }) => {
    watched.watching?.close();
    for (const { folder } of links.values()) folder.unwatch();
  },
);

/** A look at an addons directory. */
export interface LinkedLook {
  readonly listing: FolderListing;
  /** What a name is, if that is remembered and still true. */
  find(name: string): SeenEntry | undefined;
  /** Looks at a name anew. */
  inspect(name: string): Promise<SeenEntry>;
  /** @param isComplete Whether every name of the listing was looked at. */
  end(isComplete: boolean): void;
}
