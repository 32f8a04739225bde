/**
 * npm run try:odoo -- CHECKOUT SERIES [--python PATH] [--addons DIR]... [--workers N]: the whole story with a real Odoo, from a link to an
 * installed module, through the built server and command line. CHECKOUT has `odoo-bin`, `odoo/` and `addons/` of that
 * series; PATH is a Python that has what Odoo needs (`python3` otherwise); DIR is a checkout of the OCA at that series.
 *
 * Starts Odoo and a PostgreSQL of its own, on this machine alone, and removes everything at the end. Prints a row for each
 * step with what was said; exits with 1 if anything was not as it should be.
 */
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isSeries, type Series } from '../../src/manifest/series.ts';
import { openWorld } from '../support/world.ts';
import { goodAndBadConnections } from './odoo/connection-steps.ts';
import { followNextSteps } from './odoo/follow-steps.ts';
import {
  environmentOfOdoo,
  installOnCommandLine,
  protocols,
  refreshAtOnce,
  refreshWhileBusy,
  restartWithSyntaxError,
} from './odoo/hard-steps.ts';
import {
  install,
  installAtOnce,
  installWhatCannotBe,
  installWhatFails,
  installWithApproval,
} from './odoo/install-steps.ts';
import { breakTheUpdate, linkAndSee, unlinkInstalled } from './odoo/link-steps.ts';
import { writeModules } from './odoo/modules.ts';
import { installFromOca } from './odoo/oca-steps.ts';
import { createOdoo } from './odoo/scratch-odoo.ts';
import { type Stage, setStage } from './odoo/stage.ts';
import { getStuck } from './odoo/stuck-steps.ts';
import { startTale, tableRow } from './odoo/tell.ts';
import { upgrade, upgradeWithDependents } from './odoo/upgrade-steps.ts';

const USAGE = 'usage: npm run try:odoo -- CHECKOUT SERIES [--python PATH] [--addons DIR]... [--workers N]';

interface Asked {
  readonly checkout: string;
  readonly series: Series;
  readonly python: string;
  readonly addons: readonly string[];
  readonly workers: number;
}

function readArguments(): Asked | null {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      python: { type: 'string' },
      addons: { type: 'string', multiple: true },
      workers: { type: 'string', default: '0' },
    },
  });
  const [checkout = '', series = ''] = positionals;
  if (positionals.length !== 2 || !isSeries(series) || !existsSync(join(checkout, 'odoo-bin'))) return null;
  const addons = (values.addons ?? []).map((folder) => realpathSync(folder));
  const python = values.python ?? 'python3';
  return {
    checkout: realpathSync(checkout),
    series,
    python: python.includes('/') ? resolve(python) : python,
    addons,
    workers: Number(values.workers),
  };
}

/** What is to be undone, the last first; once the end has begun, at once. */
function createEnd() {
  const undo: (() => Promise<unknown>)[] = [];
  const late: Promise<unknown>[] = [];
  let over: Promise<void> | undefined;
  const attempt = (one: () => Promise<unknown>) => one().catch((error) => console.error(error));
  const run = async () => {
    for (let one = undo.pop(); one !== undefined; one = undo.pop()) await attempt(one);
  };
  return {
    add(one: () => Promise<unknown>) {
      if (over === undefined) undo.push(one);
      else late.push(attempt(one));
    },
    async run() {
      over ??= run();
      await over;
      await Promise.all(late);
    },
  };
}

async function tellStory(stage: Stage, addons: readonly string[]): Promise<void> {
  await goodAndBadConnections(stage);
  await followNextSteps(stage);
  await linkAndSee(stage);
  await install(stage);
  await installWhatCannotBe(stage);
  await installWhatFails(stage);
  await upgrade(stage);
  await upgradeWithDependents(stage);
  await installAtOnce(stage);
  await environmentOfOdoo(stage);
  await getStuck(stage, 'try_stuck', 'plain');
  await getStuck(stage, 'try_stuck_again', 'hook');
  await installWithApproval(stage);
  await unlinkInstalled(stage, 'try_note_more');
  await breakTheUpdate(stage);
  await installOnCommandLine(stage);
  await refreshAtOnce(stage);
  await refreshWhileBusy(stage);
  await installFromOca(stage, addons);
  await restartWithSyntaxError(stage);
  await protocols(stage);
}

async function main(): Promise<number> {
  const asked = readArguments();
  if (asked === null) {
    console.error(USAGE);
    return 2;
  }
  const end = createEnd();
  const interrupted = new AbortController();
  let creating: Promise<unknown> = Promise.resolve();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, async () => {
      interrupted.abort();
      await end.run();
      await creating.catch(() => {});
      await end.run();
      process.exit(130);
    });
  const { series } = asked;
  const tale = startTale((row) => console.log(tableRow(series, row)));
  try {
    const world = openWorld(realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-real-'))));
    end.add(async () => rmSync(world.path, { recursive: true, force: true }));
    const modules = writeModules(world, series);
    const place = { ...asked, scratch: world.folder('odoo'), linked: world.folder('linked') };
    const created = createOdoo({ ...place, signal: interrupted.signal, undo: end.add });
    creating = created;
    const odoo = await created;
    await odoo.restart();
    const stage = setStage({ ...asked, world, odoo, modules, tale });
    end.add(() => stage.end());
    console.log('| series | step | what was said | as it should be |\n| --- | --- | --- | --- |');
    await tellStory(stage, asked.addons);
    await tale.step('secrets', async () => {
      const { looked, found } = await stage.end();
      return { said: `looked at ${looked}`, wrong: found.map((what) => `a secret is in ${what}`) };
    });
  } finally {
    await end.run();
  }
  const wrong = tale.rows.filter((row) => row.wrong.length > 0).length;
  console.log(`\n${tale.rows.length} steps, ${wrong} not as they should be.`);
  return wrong === 0 ? 0 : 1;
}

process.exitCode = await main();
