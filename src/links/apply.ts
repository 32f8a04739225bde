import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { errnoOf, lstatOrNull } from '../paths.ts';
import { ok, type Refused, type Result, refuse } from '../refusal.ts';
import { type AddonsDir, checkAddonsDir, REPLACED, unavailable } from './addons-dir.ts';
import type { LinkPlan, PlannedLink } from './plan.ts';

/**
 * Carries out a plan: all of its links, or none.
 *
 * The addons directory is opened once and proven to be the folder the server started with; every entry is made
 * through that handle, so swapping a parent folder meanwhile gains nothing. `symlink()` never overwrites: a name that
 * appeared since the plan was made stops the batch. When a step fails, those before it are undone.
 *
 * Synchronous on purpose: between the look at the directory and the last link no other call of this process runs.
 * @param stateDir A folder outside every directory Odoo scans. A link that replaces another is made there and
 *   renamed over, so that the name is never missing; on another file system the old link is removed first.
 * @returns Nothing, or `target_unavailable`, `occupied`, `link_exists`, `source_outside_roots` or `io_error`.
 */
export function applyPlan({ dir, links }: LinkPlan, stateDir: string): Result<void> {
  const steps = links.filter((link) => link.action !== 'keep');
  if (steps.length === 0) return ok(undefined);
  const opened = openHandle(dir);
  if (!opened.ok) return opened;
  const { fd, base } = opened.value;
  const done: PlannedLink[] = [];
  try {
    for (const link of steps) {
      const failure = applyStep(link, base, stateDir, done) ?? verify(link, base);
      if (failure !== null) return undo(done, base, stateDir, failure);
    }
    const inPlace = checkAddonsDir(dir);
    return inPlace.ok ? ok(undefined) : undo(done, base, stateDir, inPlace);
  } finally {
    closeSync(fd);
  }
}

/** Opens the directory; `base` is the path entries are made under, on Linux through the handle itself. */
function openHandle(dir: AddonsDir): Result<{ fd: number; base: string }> {
  let fd: number;
  try {
    fd = openSync(dir.path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    const code = errnoOf(error) ?? 'unknown error';
    return unavailable(code === 'ELOOP' || code === 'ENOTDIR' ? REPLACED : `cannot be opened (${code})`);
  }
  const stats = fstatSync(fd, { bigint: true });
  if (stats.dev !== dir.dev || stats.ino !== dir.ino) {
    closeSync(fd);
    return unavailable(REPLACED);
  }
  return ok({ fd, base: process.platform === 'linux' ? `/proc/self/fd/${fd}` : dir.path });
}

/** Makes one link and records it in `done`; the failure when it cannot be made. */
function applyStep(link: PlannedLink, base: string, stateDir: string, done: PlannedLink[]): Refused | null {
  const path = join(base, link.module);
  try {
    if (link.action === 'create') {
      symlinkSync(link.target, path);
      done.push(link);
      return null;
    }
    if (readlinkSync(path) !== link.previous) return appeared(link, path);
    pointTo(link.target, link.module, base, stateDir, () => done.push(link));
    return null;
  } catch (error) {
    const code = errnoOf(error);
    return code === 'EEXIST' || code === 'EINVAL' ? appeared(link, path) : ioError(link, code);
  }
}

/** Re-points a link that exists, by a staged link renamed over it. */
function pointTo(target: string, name: string, base: string, stateDir: string, changed: () => void): void {
  const path = join(base, name);
  const staged = join(stateDir, `staged-${randomUUID()}`);
  let isStaged = false;
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    symlinkSync(target, staged);
    isStaged = true;
    renameSync(staged, path);
    isStaged = false;
    changed();
  } catch (error) {
    if (isStaged) unlinkSync(staged);
    // Anything but another file system, or a state directory that cannot be used, is a failure of the step itself.
    if (isStaged && errnoOf(error) !== 'EXDEV') throw error;
    unlinkSync(path);
    changed();
    symlinkSync(target, path);
  }
}

/** Proves that the link leads to the folder that was checked, and that this folder is still where it was. */
function verify(link: PlannedLink, base: string): Refused | null {
  const { path } = link.source;
  try {
    const through = statSync(join(base, link.module), { bigint: true });
    const direct = statSync(path, { bigint: true });
    const same = through.dev === direct.dev && through.ino === direct.ino && realpathSync(path) === path;
    if (same && direct.isDirectory()) return null;
  } catch {
    // Gone in the meantime, which is the same finding.
  }
  return refuse('source_outside_roots', `The folder of ${link.module} changed while it was linked.`, {
    module: link.module,
    hint: 'Call again when the repository is at rest.',
  });
}

/** Takes back what was done, newest first, and returns the failure; what cannot be taken back is named in it. */
function undo(done: readonly PlannedLink[], base: string, stateDir: string, failure: Refused): Refused {
  const left: string[] = [];
  for (const link of done.toReversed()) {
    const path = join(base, link.module);
    try {
      // Only what this call made: a name that somebody changed since then is theirs.
      const current = lstatOrNull(path)?.isSymbolicLink() === true ? readlinkSync(path) : null;
      if (current !== null && current !== link.target) continue;
      if (link.previous === null) {
        if (current !== null) unlinkSync(path);
      } else if (current === null) symlinkSync(link.previous, path);
      else pointTo(link.previous, link.module, base, stateDir, () => {});
    } catch {
      left.push(link.module);
    }
  }
  const { message } = failure.refusal;
  if (left.length === 0)
    return { ok: false, refusal: { ...failure.refusal, message: `${message} Nothing was changed.` } };
  return refuse('io_error', `${message} Not everything could be undone: ${left.join(', ')}.`, {
    details: { left },
    hint: 'Ask the operator to look at these entries of the addons directory.',
  });
}

function appeared(link: PlannedLink, path: string): Refused {
  const isLink = lstatOrNull(path)?.isSymbolicLink() === true;
  return refuse(
    isLink ? 'link_exists' : 'occupied',
    `${link.module} was changed by somebody else meanwhile.`,
    {
      module: link.module,
      hint: 'Call again to see what is there now.',
    },
  );
}

function ioError(link: PlannedLink, code: string | undefined): Refused {
  const meanings: Record<string, string> = {
    EACCES: 'the server may not write there',
    EPERM: 'the server may not write there',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    EIO: 'the disk reports an error',
  };
  const meaning = meanings[code ?? ''] ?? code ?? 'unknown error';
  return refuse('io_error', `${link.module} could not be linked: ${meaning}.`, {
    module: link.module,
    details: { errno: code ?? null },
    hint: 'Ask the operator to look at the addons directory; `odoo-link-mcp doctor` shows what is wrong.',
  });
}
