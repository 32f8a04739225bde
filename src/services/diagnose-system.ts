import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errnoOf, pathThroughHandle } from '../base/paths.ts';
import { hostClock } from '../state/clock.ts';
import { noSymlinks } from '../state/failures.ts';
import type { Finding } from './finding.ts';

/** Checks what the server needs of the system it runs on. Only what is missing is told. */
export function diagnoseSystem(): Finding[] {
  return [...diagnoseSymlinks(), ...diagnoseBoot(), ...diagnoseHandles()];
}

/** Whether symlinks can be made at all, tried in a temporary folder. */
function diagnoseSymlinks(): Finding[] {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), 'odoo-link-doctor-'));
    symlinkSync(folder, join(folder, 'link'));
    return [];
  } catch (error) {
    // Another error says something of the temporary folder, not of symlinks.
    if (errnoOf(error) !== 'EPERM' || folder === undefined) return [];
    return [describeNoSymlinks(process.platform)];
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  }
}

/** The finding that no symlinks can be made. */
export function describeNoSymlinks(platform: NodeJS.Platform): Finding {
  const text = `symlinks cannot be made: ${noSymlinks(platform)} (EPERM)`;
  const remedy =
    platform === 'win32'
      ? 'switch on Developer Mode (Settings > System > For developers), or give the user the right "Create symbolic links"'
      : 'use a file system that has symlinks for temporary folders, and for the addons directories';
  return { level: 'fail', text, remedy };
}

/** Rate limits and approvals are kept by the boot, see `state/clock.ts`. */
function diagnoseBoot(): Finding[] {
  try {
    hostClock();
    return [];
  } catch (error) {
    return [
      {
        level: 'fail',
        text: `the boot of this machine cannot be told (${errnoOf(error) ?? 'unknown error'}): calls with a rate limit are refused`,
        remedy: 'mount /proc; on Windows, use a policy without rate limits and approvals',
      },
    ];
  }
}

function diagnoseHandles(): Finding[] {
  if (process.platform !== 'linux' || pathThroughHandle(0) !== null) return [];
  return [
    {
      level: 'warn',
      text: '/proc is not there: an addons directory that is swapped during a change is noticed only afterwards',
      remedy: 'mount /proc',
    },
  ];
}
