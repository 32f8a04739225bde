/**
 * The other process of killed.test.ts; bundled by test/support/driver.ts.
 *
 * driver.mjs WORLD UPSTREAM N   updates `root/web`, and kills itself just before its Nth change
 */
import { watchChanges } from '../../support/changes.ts';
import { update, webIn } from '../../support/updates.ts';

const [world = '', address = '', at = ''] = process.argv.slice(2);
let count = 0;
const killAtTurn = () => {
  if (++count === Number(at)) process.kill(process.pid, 'SIGKILL');
};
const subject = { ...webIn({ at: (...parts) => [world, ...parts].join('/') }), address };
const updated = await update(subject, () => watchChanges({ before: killAtTurn }));
process.stdout.write(JSON.stringify(updated.kind));
