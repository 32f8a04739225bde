import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ok, type Result } from '../../src/base/refusal.ts';
import { applyPlan } from '../../src/links/apply-plan.ts';
import { changeAddonsDir, type LockedDir } from '../../src/links/change-addons-dir.ts';
import type { LinkPlan, PlannedLink, PlannedRemoval } from '../../src/links/plan-links.ts';
import { openDir, optionsFor, plannedLink, plannedRemoval } from '../support/batch.ts';

/** What one linker did. */
export interface LinkerReport {
  transactions: number;
  linked: number;
  unlinked: number;
  refused: Record<string, number>;
}

/** Links, or unlinks, some of the modules at random until the time is over; a refusal is fine, and counted. */
export async function linkAtRandom(
  folder: string,
  sources: string,
  seconds: string,
): Promise<Result<LinkerReport>> {
  const dir = openDir(join(folder, 'parent/linked'));
  const names = readdirSync(sources);
  // From here on the parent may be swapped: a server too opens its directories when it starts.
  writeFileSync(join(folder, `ready-${process.pid}`), '');
  const report: LinkerReport = { transactions: 0, linked: 0, unlinked: 0, refused: {} };
  const end = performance.now() + Number(seconds) * 1000;
  while (performance.now() < end) {
    const some = names.filter(() => Math.random() < 0.3);
    const wantsLinks = Math.random() < 0.5;
    const change = async (locked: LockedDir) => {
      const plan = wantsLinks ? planLinks(locked, some, sources) : planRemovals(locked, some, sources);
      const applied = await applyPlan(locked, plan);
      return applied.ok ? ok(plan) : applied;
    };
    const done = await changeAddonsDir(dir, optionsFor(folder, sources), change);
    if (done.ok) {
      report.transactions++;
      report.linked += done.value.links.length;
      report.unlinked += done.value.removals.length;
    } else {
      const { code } = done.refusal;
      report.refused[code] = (report.refused[code] ?? 0) + 1;
      // The directory will be there again in a moment.
      if (code === 'target_unavailable') await setTimeout(1);
    }
  }
  return ok(report);
}

function planLinks({ dir }: LockedDir, names: readonly string[], sources: string): LinkPlan {
  const links = names.flatMap((name): PlannedLink[] => {
    return textOf(join(dir.path, name)) === null ? [plannedLink(sources, name, null)] : [];
  });
  return { dir, links, removals: [] };
}

function planRemovals({ dir }: LockedDir, names: readonly string[], sources: string): LinkPlan {
  const removals = names.flatMap((name): PlannedRemoval[] => {
    const target = join(sources, name);
    return textOf(join(dir.path, name)) === target ? [plannedRemoval(name, target)] : [];
  });
  return { dir, links: [], removals };
}

function textOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
