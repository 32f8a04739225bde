import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { hmacArguments } from '../../src/audit/key.ts';
import type { AuditLine } from '../../src/audit/record.ts';
import { readLines } from '../audit/entries.ts';
import { runCli, startServer } from '../support/server.ts';
import { createWorld } from '../support/world.ts';

it('what clients send instead of a list, a flag or nothing works, is judged as what it means, and is recorded', async () => {
  const world = createWorld();
  for (const name of ['a', 'b', 'l10n_x']) world.module(`src/oca/web/${name}`);
  const rule = { deny_if: [{ 'args.module': { regex: '^l10n_' } }] };
  const policy = { version: '1', default: 'allow', tools: { oca_link: rule } };
  const config = world.config({}, { policy });
  const server = await startServer(['--config', config]);
  const call = async (tool: string, args: unknown) => (await server.call(tool, args as never)).data;

  expect(await call('addon_conflicts', null)).toMatchObject({ status: 'ok' });
  expect(await call('addon_search', { query: '', limit: '1', repo: null })).toMatchObject({ total: 3 });
  const sent = { modules: '["a", "b"]', dry_run: 'false', repo: '', instance: null };
  expect(await call('oca_link', sent)).toMatchObject({ status: 'linked' });
  expect(await call('oca_link', { modules: '["a", "l10n_x"]' })).toMatchObject({ code: 'policy_denied' });
  expect(readdirSync(world.at('linked')).sort()).toEqual(['a', 'b']);
  expect(await call('oca_unlink', { module: 'a', cascade: '' })).toMatchObject({ status: 'unlinked' });

  const key = Buffer.from(readFileSync(world.at('state/audit.key'), 'utf8').trim(), 'hex');
  const isDecision = (line: AuditLine) => line.kind === 'decision';
  const [linked, , unlinked] = readLines(world.at('state')).filter(isDecision);
  const flags = {
    with_dependencies: true,
    replace: false,
    allow_uninstallable: false,
    dry_run: false,
    fetch: false,
    refresh: false,
  };
  expect(linked).toMatchObject({
    modules: ['a', 'b'],
    arguments: hmacArguments(key, { module: ['a', 'b'], ...flags }),
    sent: hmacArguments(key, sent),
  });
  expect(unlinked).toMatchObject({ modules: ['a'], sent: hmacArguments(key, { module: 'a', cascade: '' }) });
  expect(await runCli(['audit', 'verify', '--config', config])).toMatchObject({ code: 0 });
  const shown = await runCli(['audit', 'tail', '--json', '--config', config]);
  expect(shown.stdout).toContain(hmacArguments(key, sent));
});
