/** The refusals of calls that talk with a remote. */
import { type Refusal, type RefusalCode, refuse } from '../../base/refusal.ts';
import { inQuotes, quoted } from '../../base/text.ts';
import type { Remote } from '../../sources/remote/remote.ts';
import { REMOTE_FAULTS, type RemoteFault, type RemoteFaultKind } from '../../sources/remote/remote-fault.ts';

/** What can be done about each fault. */
const NEXT: Readonly<Record<RemoteFaultKind, string>> = {
  unreachable: 'Try again later. If it stays so, ask the operator to check the network and `sources`.',
  unknown_host_key: "Ask the operator to add the host's key to known_hosts of the server's user.",
  not_found:
    'Check the name of the repository. If it is right, ask the operator to check `sources` and its credentials.',
  unauthorised: 'Ask the operator to check the credentials in `sources`.',
  redirected:
    'Ask the operator to set the new address in `sources`, or look for the new name of the repository.',
  no_branch:
    'The repository has not been migrated to this series: look for the module in another one, or for another module.',
  moved: 'Make the same call again: it then asks about the branch as it is now.',
  not_owned: "Ask the operator to give the repository to the server's user.",
  damaged:
    'Ask the operator to have the repository mended where it is kept, or to set another address in `sources`.',
  too_slow: 'Try again later. If it stays so, ask the operator to raise `sources.timeout`.',
  too_large: 'Ask the operator to raise `sources.maxBytes`, if the repository may be so large.',
  too_many: 'Check the name of the repository: what is there is not read.',
  no_space: 'Ask the operator to make room on the disk.',
  no_git: 'Ask the operator to install git, or to add it to PATH.',
  cancelled: 'Make the same call again.',
  broken:
    'Ask the operator to look at the repository with git, or to clone it with `odoo-link-mcp source clone`, which tells what git said.',
};

/** What can be done about a fault: a sentence. */
export function nextAfter(kind: RemoteFaultKind): string {
  return NEXT[kind];
}

/**
 * Why a repository could not be cloned or fetched.
 * @param verb What was tried: `cloned`, `fetched`.
 */
export function refuseRemote(
  repo: string,
  verb: string,
  { host }: Pick<Remote, 'host'>,
  { kind, said }: RemoteFault,
  isOperator = false,
): Refusal {
  const code: RefusalCode = kind === 'cancelled' ? 'cancelled' : 'remote_failed';
  const told = isOperator && said !== '' ? ` Git said: ${inQuotes(said)}.` : '';
  const message = `${quoted(repo)} could not be ${verb} from ${host}: ${REMOTE_FAULTS[kind]}.${told}`;
  return refuse(code, message, { hint: NEXT[kind], details: { repo, reason: kind } }).refusal;
}
