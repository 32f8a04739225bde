import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ToolFamily } from '../addons/roots.ts';
import { takeTurns } from '../base/turns.ts';
import type { Instance } from '../config/instance.ts';
import type { Remote, Remotes } from '../sources/remote/remote.ts';
import { REMOTE_FAULTS } from '../sources/remote/remote-fault.ts';
import { tipOf } from '../sources/remote/tip.ts';
import { placeForClones } from './checkouts/clone-place.ts';
import { nextAfter } from './checkouts/remote-refusals.ts';
import { asRemedy, type Finding } from './finding.ts';

/** A repository that each remote has for every series. */
const ALWAYS_THERE = { oca: 'server-tools', ee: 'enterprise' } as const satisfies Record<ToolFamily, string>;
/** How long a remote may take to answer, in milliseconds. */
const PATIENCE_MS = 20_000;

/** Whether repositories can be cloned for an instance: where to, and whether the remotes answer. Nothing is fetched. */
export async function diagnoseSources(instance: Instance, remotes: Remotes | null): Promise<Finding[]> {
  if (remotes === null) return [];
  const findings: Finding[] = [];
  for (const family of ['oca', 'ee'] as const) {
    const remote = remotes[family];
    if (remote === null) continue;
    const place = await placeForClones(instance, family, takeTurns());
    findings.push(
      place.ok
        ? { level: 'ok', text: `${family}: \`source clone ${family}\` clones into ${place.value.path}` }
        : {
            level: 'warn',
            text: `${family}: there is no folder of checkouts to clone into`,
            remedy: `add one to roots.${family}; it may be empty`,
          },
      await askRemote(remote, family, instance),
    );
  }
  return findings;
}

async function askRemote(remote: Remote, family: ToolFamily, { series }: Instance): Promise<Finding> {
  const scratch = mkdtempSync(join(tmpdir(), 'odoo-link-doctor-'));
  try {
    const tip = await tipOf(remote, ALWAYS_THERE[family], series, scratch, { limit: PATIENCE_MS });
    if (tip.ok) return { level: 'ok', text: `${family}: ${remote.host} answers` };
    const { kind } = tip.refusal;
    const said = `${family}: ${remote.host}, asked for ${ALWAYS_THERE[family]}: ${REMOTE_FAULTS[kind]}`;
    return { level: 'warn', text: said, remedy: asRemedy(nextAfter(kind)) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
