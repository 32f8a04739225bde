import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { COMMANDS } from '../../src/commands/commands.ts';
import { createWorld } from '../support/world.ts';

const FOLDER = join(import.meta.dirname, '../../packaging/systemd');
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');

/** The sections of a unit; each key with its values, since a key may be there several times. */
function parseUnit(name: string): Record<string, Record<string, string[]>> {
  const unit: Record<string, Record<string, string[]>> = {};
  let section = '';
  for (const line of read(name).split('\n')) {
    if (/^(#|$)/.test(line)) continue;
    const header = /^\[(\w+)\]$/.exec(line)?.[1];
    if (header !== undefined) {
      section = header;
      unit[section] = {};
      continue;
    }
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) as unknown as [string, string, string];
    const keys = unit[section] as Record<string, string[]>;
    keys[key] = [...(keys[key] ?? []), value];
  }
  return unit;
}

it('the drop-in lets the server write in the addons and state directories, and nowhere else', () => {
  const { Service, ...others } = parseUnit('odoo-link-mcp-.service.d/hardening.conf');
  expect(others).toEqual({});
  // The folders of docs/operators.md.
  expect(Service).toMatchObject({
    User: ['odoo-link'],
    ReadWritePaths: ['/srv/odoo/linked /var/lib/odoo-link-mcp'],
    ProtectSystem: ['strict'],
    NoNewPrivileges: ['yes'],
    CapabilityBoundingSet: [''],
    PrivateNetwork: ['yes'],
  });
  // These would keep it from working: its compiler, the id of the boot, pipes to git.
  expect(Object.keys(Service ?? {})).not.toEqual(expect.arrayContaining(['MemoryDenyWriteExecute']));
  expect(Service).not.toHaveProperty('ProcSubset');
  expect(Service?.RestrictAddressFamilies).toEqual(['AF_UNIX']);
});

it('the units run commands that there are, under names to which the drop-in belongs', () => {
  const units = readdirSync(FOLDER).filter((name) => /\.(service|timer)$/.test(name));
  expect(units).toEqual(['odoo-link-mcp-doctor.service', 'odoo-link-mcp-doctor.timer']);
  const { Service } = parseUnit('odoo-link-mcp-doctor.service');
  expect(Service?.Type).toEqual(['oneshot']);
  for (const command of Service?.ExecStart ?? []) {
    const [program, name, ...rest] = command.split(' ');
    expect(program).toBe('/usr/local/bin/odoo-link-mcp');
    expect(COMMANDS.map((known) => known.name)).toContain(name);
    expect(rest.slice(-2)).toEqual(['--config', '/etc/odoo/odoo-link.json']);
  }
  expect(parseUnit('odoo-link-mcp-doctor.timer').Install).toEqual({ WantedBy: ['timers.target'] });
});

it('odoo-link-mcp-serve runs the server on its own stdin and stdout in such a unit', () => {
  const world = createWorld();
  const stub = world.file('bin/systemd-run', '#!/bin/sh\nprintf "%s\\n" "$@"\ncat\n');
  chmodSync(stub, 0o755);
  const script = join(FOLDER, 'odoo-link-mcp-serve');
  expect(statSync(script).mode & 0o111).toBe(0o111);
  const { status, stdout, pid } = spawnSync(script, {
    env: { PATH: `${world.at('bin')}:/usr/bin:/bin` },
    input: 'a request\n',
    encoding: 'utf8',
  });
  const options = ['--quiet', '--pipe', '--wait', '--collect', '--service-type=exec'];
  const command = ['/usr/local/bin/odoo-link-mcp', 'serve', '--config', '/etc/odoo/odoo-link.json'];
  expect([status, stdout.trimEnd().split('\n')]).toEqual([
    0,
    [...options, `--unit=odoo-link-mcp-serve-${pid}`, ...command, 'a request'],
  ]);
});
