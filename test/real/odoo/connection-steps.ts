/** Steps about the connection: `doctor` with good and bad ones. */
import { SERIES } from '../../../src/manifest/series.ts';
import type { Finding } from '../../../src/services/finding.ts';
import { type Stage, variable } from './stage.ts';
import { differences } from './tell.ts';

/** With Odoo running. */
export async function goodAndBadConnections(stage: Stage): Promise<void> {
  const { series, world, odoo } = stage;
  await doctorStep(stage, 'good, password in the environment', {}, 'ok', /an administrator/);
  const key = { apiKey: { file: world.at('secrets/api-key') } };
  await doctorStep(stage, 'good, API key in a file', key, 'ok', /an administrator/);
  await doctorStep(stage, 'wrong password', { password: variable('wrong') }, 'fail', /accept the login/);
  await doctorStep(stage, 'unknown login', { login: 'nobody' }, 'fail', /accept the login/);
  await doctorStep(stage, 'unknown database', { database: 'nowhere' }, 'fail', /has no database nowhere/);
  const low = { login: 'low', password: variable('low') };
  await doctorStep(stage, 'not an administrator', low, 'fail', /takes an administrator/);
  const other = SERIES.find((one) => one !== series) as string;
  await doctorStep(stage, 'other series', {}, 'fail', /another series/, {
    series: other,
    roots: { core: [] },
  });
  const closed = { url: 'http://127.0.0.1:9/' };
  await doctorStep(stage, 'nothing listens there', closed, 'fail', /cannot be reached/);
  const page = { url: new URL('web/', odoo.url).href };
  await doctorStep(stage, 'address with a path too many', page, 'fail', /does not answer as Odoo does/);
  if (series === '19.0') {
    const lowKey = { login: 'low', apiKey: { file: world.at('secrets/low-key') } };
    await doctorStep(stage, 'not an administrator, API key', lowKey, 'fail', /takes an administrator/);
    const wrong = { apiKey: { file: stage.secretFile('wrong-key', 'no-key-of-anybody') } };
    await doctorStep(stage, 'wrong API key', wrong, 'fail', /accept the login/);
    const nowhere = { ...key, database: 'nowhere' };
    await doctorStep(stage, 'unknown database, API key', nowhere, 'fail', /has no database nowhere/);
  }
}

/** A step: what `doctor` finds about the connection, and nothing else. */
export function doctorStep(
  stage: Stage,
  name: string,
  connection: object,
  level: Finding['level'],
  text: RegExp,
  more: Parameters<Stage['config']>[2] = {},
): Promise<void> {
  return stage.tale.step(`doctor: ${name}`, async () => {
    const file = stage.config(name.replaceAll(/\W+/g, '-'), connection, more);
    const { stdout, stderr } = await stage.cli(file, 'doctor', '--json');
    const { findings } = JSON.parse(stdout) as { findings: (Finding & { section: string })[] };
    const found = findings.filter(({ section }) => section === 'odoo');
    const said = found.map(({ text, remedy = '' }) => `${text} ${remedy}`).join(' ');
    return { said: said || stderr, wrong: differences(found, [{ level, text }]) };
  });
}
