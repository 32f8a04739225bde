/** One of many processes that try to use the same approvals: `STATE_DIR START ID...`; prints those it got. */
import { Approvals } from '../../src/approvals/approvals.ts';

const [stateDir = '', start = '0', ...ids] = process.argv.slice(2);
const approvals = new Approvals(stateDir);
// All begin at the same moment, so that they meet at the first of them.
while (Date.now() < Number(start));
for (const id of ids) if (approvals.use(id)) process.stdout.write(`${id}\n`);
