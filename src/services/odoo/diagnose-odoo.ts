import { isAbsolute } from 'node:path';
import { findProgram } from '../../base/find-program.ts';
import { quoted } from '../../base/text.ts';
import { userName } from '../../base/user.ts';
import type { Instance } from '../../config/instance.ts';
import type { OdooConnection } from '../../odoo/odoo-connection.ts';
import { asRemedy, type Finding } from '../finding.ts';
import { askOdoo, PATIENCE_MS } from './ask-odoo.ts';
import { refuseOdoo } from './odoo-refusals.ts';

/**
 * Whether the running Odoo can be asked: it is there, of the series, has the database, and lets an administrator in. And
 * whether the program that restarts it is there; it is not run.
 */
export async function diagnoseOdoo(instance: Instance): Promise<Finding[]> {
  const connection = instance.odoo ?? null;
  if (connection === null) return [];
  return [...(await diagnoseConnection(instance, connection)), ...diagnoseRestart(connection)];
}

async function diagnoseConnection(instance: Instance, { url, database }: OdooConnection): Promise<Finding[]> {
  const asked = await askOdoo(instance, undefined);
  const read = asked.ok ? await asked.value.modules(['base'], new Set(), { limit: PATIENCE_MS }) : null;
  const refusal = !asked.ok ? asked.refusal : read?.ok === false ? refuseOdoo(instance, read.refusal) : null;
  if (refusal !== null) {
    const { message, hint } = refusal;
    const text = message.replace(/\.$/, '');
    return [{ level: 'fail', text, ...(hint !== undefined && { remedy: asRemedy(hint) }) }];
  }
  const text = `${url.host}: Odoo ${instance.series}, database ${database}, an administrator`;
  return [{ level: 'ok', text }];
}

function diagnoseRestart({ restart }: OdooConnection): Finding[] {
  const [program] = restart ?? [];
  if (program === undefined) return [];
  const found = findProgram(program, process.env.PATH);
  const name = quoted(program);
  if (found.ok)
    return [{ level: 'ok', text: `${name} restarts it${found.value === program ? '' : `: ${found.value}`}` }];
  if (found.refusal === 'denied') {
    const remedy = 'make it executable for that user, or have it run through sudo';
    return [
      { level: 'fail', text: `${name} of odoo.restart may not be run by the user ${userName()}`, remedy },
    ];
  }
  const remedy = isAbsolute(program)
    ? 'correct the path'
    : "install it, or give its path: it is not on the server's PATH";
  return [{ level: 'fail', text: `${name} of odoo.restart is not there`, remedy }];
}
