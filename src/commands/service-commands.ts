/** The commands that run a service and print its report: one for each tool, and those that only operators have. */
import { CONFLICT_KINDS, type ConflictKind } from '../addons/conflicts.ts';
import { GRAPH_FORMATS } from '../addons/graph.ts';
import { FAMILIES } from '../addons/roots.ts';
import { MiB, readStream, readText } from '../base/bounded-file.ts';
import { orRefusal } from '../base/interruption.ts';
import { lean } from '../base/lean.ts';
import { ok, type Result, refused } from '../base/refusal.ts';
import { commandSurface, forOperator } from '../base/surface.ts';
import { inPlainSight, jsonForLogs } from '../base/text.ts';
import { parseJsonc, validateJsonc } from '../config/jsonc.ts';
import { SETTINGS } from '../config/settings.ts';
import { LINK_STATES, type LinkState } from '../links/link-states.ts';
import { addonConflicts, describeConflicts } from '../services/conflicts/addon-conflicts.ts';
import type { ServiceContext } from '../services/context.ts';
import { answerApply, describeApply } from '../services/declared/apply-answer.ts';
import { applyState } from '../services/declared/apply-state.ts';
import { type DeclaredState, DeclaredStateSchema, exportLinks } from '../services/declared/export-links.ts';
import { answerLinks, answerUnlinks } from '../services/link/answer.ts';
import { describeUnlink } from '../services/link/brief-unlinks.ts';
import { describeReport } from '../services/link/describe-report.ts';
import type { LinkRequest } from '../services/link/link-call.ts';
import { linkModules } from '../services/link/link-modules.ts';
import { linkWithClones } from '../services/link/link-with-clones.ts';
import { unlinkModules } from '../services/link/unlink-modules.ts';
import { describeInstances, listInstances } from '../services/list-instances.ts';
import { addonInfo } from '../services/modules/addon-info.ts';
import { describeInfo, treeText } from '../services/modules/describe-info.ts';
import { type AddonInfo, isSeveral } from '../services/modules/info-schema.ts';
import { describeSearch, searchAddons } from '../services/modules/search-addons.ts';
import { isOff } from '../services/odoo/in-odoo.ts';
import {
  describeRequirements,
  lacksAnything,
  type RequirementsReport,
  requirementsOfExport,
  requirementsOfLink,
  requirementsOfLinked,
} from '../services/requirements.ts';
import type { Selection } from '../services/select-target.ts';
import { describeStatus } from '../services/status/describe-status.ts';
import { linkStatus, type StatusReport } from '../services/status/link-status.ts';
import { describeRepair, repairLinks } from '../services/status/repair-links.ts';
import { describeAnswer, statusAnswer } from '../services/status/status-answer.ts';
import { isOffered, TOOL_NAMES } from '../tool-table.ts';
import {
  type ExitCode,
  type OptionValues,
  pathArgument,
  type Run,
  textOption,
  UsageError,
  wordOption,
} from './command.ts';
import { configuredIn, createContext, setUp } from './setup.ts';
import { complain, complainAbout, log, say } from './terminal.ts';
import { withProgress } from './with-progress.ts';

/** `link oca|ee MODULE...`: does what `oca_link` and `ee_link` do. */
export const link: Run = async ({ positionals: [family, ...modules], values }) => {
  if (family !== 'oca' && family !== 'ee')
    throw new UsageError('link needs a family: link oca MODULE... or link ee MODULE...');
  if (modules.length === 0) throw new UsageError('link needs at least one module.');
  if (family === 'ee' && values.repo !== undefined)
    throw new UsageError('--repo can be used only with OCA modules.');
  const request = {
    ...selectionOf(values),
    family,
    modules,
    argument: 'MODULE',
    repo: textOption(values, 'repo'),
    with_dependencies: values['no-dependencies'] !== true,
    replace: values.replace === true,
    allow_uninstallable: values['allow-uninstallable'] === true,
    dry_run: values['dry-run'] === true,
  } as const;
  if (asksForRequirements(values))
    return answerRequirements(values, (onlyMissing, context) =>
      requirementsOfLink(request, onlyMissing, context),
    );
  const refreshes = values.refresh === true;
  const run = (context: ServiceContext) =>
    values.fetch === true
      ? linkFetching(request, context, refreshes)
      : answerLinks(linkModules(request, context), context, refreshes);
  return answer(values, run, describeReport);
};

/** The same with `--fetch`, which shows how far the clones are. */
function linkFetching(request: LinkRequest, context: ServiceContext, refreshes: boolean) {
  if (request.family === 'ee') throw new UsageError('--fetch can be used only with OCA modules.');
  return withProgress(context, (showing) =>
    answerLinks(linkWithClones(request, showing), showing, refreshes),
  );
}

/** `unlink oca|ee MODULE...`: does what `oca_unlink` and `ee_unlink` do. */
export const unlink: Run = async ({ positionals: [family, ...modules], values }) => {
  if (family !== 'oca' && family !== 'ee')
    throw new UsageError('unlink needs a family: unlink oca MODULE... or unlink ee MODULE...');
  if (modules.length === 0) throw new UsageError('unlink needs at least one module.');
  const request = {
    ...selectionOf(values),
    family,
    modules,
    cascade: values.cascade === true,
    force: values.force === true,
    dry_run: values['dry-run'] === true,
  } as const;
  const refreshes = values.refresh === true;
  return answer(
    values,
    (context) => answerUnlinks(unlinkModules(request, context), context, refreshes),
    describeUnlink,
  );
};

/** `status`: the report of `link_status`; exit code 1 if Odoo could not use one of the managed links. */
export const status: Run = async ({ positionals, values }) => {
  if (positionals.length > 0) throw new UsageError('status takes no arguments.');
  const selection = selectionOf(values);
  if (values.orphans === true || values.instances !== undefined) return statusInstead(values, selection);
  if (values.all === true) return statusOfAll(values, selection);
  if (asksForRequirements(values))
    return answerRequirements(values, (onlyMissing, context) =>
      requirementsOfLinked(selection, onlyMissing, context),
    );
  const module = values.module as string[] | undefined;
  const state = wordOption(values, 'state', Object.keys(LINK_STATES) as LinkState[]);
  const odoo = values.odoo === true;
  const request = { ...selection, module, state, odoo, repo: textOption(values, 'repo') };
  return answer(values, (context) => linkStatus(request, context), describeStatus, isProblem);
};

/** `status --orphans` and `status --instances A,B`. */
function statusInstead(values: OptionValues, selection: Selection): Promise<ExitCode> {
  if (asksForRequirements(values) || values.all === true)
    throw new UsageError('--orphans and --instances take neither --all nor --requirements.');
  const named = textOption(values, 'instances');
  const given = Object.entries(selection).filter(([, value]) => value !== undefined);
  const call = {
    ...Object.fromEntries(given),
    ...(values.orphans === true && { orphans: true }),
    ...(values.odoo === true && { odoo: true }),
    ...(named !== undefined && { instances: named.split(',') }),
  };
  return answer(values, (context) => statusAnswer(call, context), describeAnswer);
}

/** `status --all`: the reports of all instances. */
function statusOfAll(values: OptionValues, selection: Selection): Promise<ExitCode> {
  const narrowing = [...Object.values(selection), values.module, values.repo, values.state];
  if (asksForRequirements(values) || narrowing.some((given) => given !== undefined)) {
    throw new UsageError(
      '--all takes no instance, directory, module, repository or state, and no --requirements.',
    );
  }
  return answer(
    values,
    async (context) => {
      const reports: StatusReport[] = [];
      for (const { name, odoo = null } of context.instances) {
        const asksOdoo = values.odoo === true && odoo !== null;
        const report = await linkStatus({ instance: name, odoo: asksOdoo }, context);
        if (!report.ok) return report;
        reports.push(report.value);
      }
      return ok({ status: 'ok', instances: reports });
    },
    ({ instances }) => instances.map(describeStatus).join('\n'),
    ({ instances }) => instances.some(isProblem),
  );
}

/** `instances`: what is configured. */
export const instances: Run = async ({ positionals, values }) => {
  if (positionals.length > 0) throw new UsageError('instances takes no arguments.');
  return answer(values, async (context) => ok(listInstances(context.instances)), describeInstances);
};

/** Foreign links and real folders do not count as problems. */
function isProblem({ counts, interrupted, odoo = {} }: StatusReport): boolean {
  const { ok, foreign, real_directory, ...wrong } = counts;
  return interrupted.length > 0 || isOff(odoo) || Object.values(wrong).some((count) => count > 0);
}

/** `search [WORD...]`: what `addon_search` finds. */
export const search: Run = async ({ positionals, values }) => {
  const limit = textOption(values, 'limit');
  const request = {
    ...selectionOf(values),
    query: positionals.join(' '),
    family: wordOption(values, 'family', FAMILIES),
    repo: textOption(values, 'repo'),
    limit: limit === undefined ? undefined : Number(limit),
    cursor: textOption(values, 'cursor'),
  };
  return answer(values, (context) => searchAddons(request, context), describeSearch);
};

/** `info MODULE...`: the report of `addon_info`; `--tree` and `--graph` print only one view of it; exit code 1 if one does not exist. */
export const info: Run = async ({ positionals: module, values }) => {
  if (module.length === 0) throw new UsageError('info needs at least one MODULE.');
  if (module.length > 1 && values.tree === true) throw new UsageError('--tree needs a single MODULE.');
  const family = wordOption(values, 'family', FAMILIES);
  const graph = wordOption(values, 'graph', GRAPH_FORMATS);
  const request = {
    ...selectionOf(values),
    module: [...module],
    family,
    repo: textOption(values, 'repo'),
    graph,
    odoo: values.odoo === true,
  };
  const describe = (report: AddonInfo) => {
    if (values.tree === true && !isSeveral(report)) return treeText(report);
    return report.graph ?? describeInfo(report);
  };
  const isLacking = (report: AddonInfo) => isSeveral(report) && report.modules.some(({ exists }) => !exists);
  return answer(values, (context) => addonInfo(request, context), describe, isLacking);
};

/** `conflicts`: the report of `addon_conflicts`; exit code 1 if there is a conflict. */
export const conflicts: Run = async ({ positionals, values }) => {
  if (positionals.length > 0) throw new UsageError('conflicts takes no arguments.');
  const kind = wordOption(values, 'kind', Object.keys(CONFLICT_KINDS) as ConflictKind[]);
  const request = { ...selectionOf(values), kind };
  return answer(
    values,
    (context) => addonConflicts(request, context),
    describeConflicts,
    (report) => report.conflicts.length > 0,
  );
};

/** `export`: the links of an addons directory, as JSON for `apply`. */
export const exportState: Run = async ({ positionals, values }) => {
  if (positionals.length > 0) throw new UsageError('export takes no arguments; it writes to stdout.');
  const selection = selectionOf(values);
  if (asksForRequirements(values))
    return answerRequirements(values, (onlyMissing, context) =>
      requirementsOfExport(selection, onlyMissing, context),
    );
  return answer(
    values,
    (context) => exportLinks(selection, context),
    ({ state, leftOut }) => {
      if (leftOut.length > 0) {
        log(`Left out, because they are broken links, foreign links or not links: ${leftOut.join(', ')}.`);
      }
      return jsonForLogs(state, 2);
    },
  );
};

/** `apply FILE`: makes an addons directory match a file written by `export`. */
export const apply: Run = async ({ positionals: [file, ...rest], values }) => {
  if (file === undefined || rest.length > 0) throw new UsageError('apply needs one FILE, or - for stdin.');
  const read = await readState(file === '-' ? file : pathArgument(file));
  if (!read.ok) return complain(read.refusal);
  const request = {
    ...selectionOf(values),
    state: read.value,
    prune: values.prune === true,
    skip_missing: values['skip-missing'] === true,
    dry_run: values['dry-run'] === true,
  };
  return answer(values, (context) => answerApply(applyState(request, context), context), describeApply);
};

/** Twice the size of a file with the largest allowed number of links. */
const MOST_BYTES = 8 * MiB;

async function readState(file: string): Promise<Result<DeclaredState, string[]>> {
  const read = await (file === '-' ? readStream(process.stdin, MOST_BYTES) : readText(file, MOST_BYTES));
  if (!read.ok) return refused([`${file}: ${read.refusal.problem}.`]);
  const parsed = parseJsonc(read.value);
  const checked = parsed.ok ? validateJsonc(parsed.value, DeclaredStateSchema) : parsed;
  return checked.ok ? checked : refused(checked.refusal.map((problem) => `${file}:${problem}`));
}

/** `repair`: replaces broken managed links; exit code 1 if some stay broken. */
export const repair: Run = async ({ positionals, values }) => {
  if (positionals.length > 0) throw new UsageError('repair takes no arguments.');
  const request = { ...selectionOf(values), dry_run: values['dry-run'] === true };
  return answer(
    values,
    (context) => repairLinks(request, context),
    describeRepair,
    ({ dirs }) => dirs.some(({ left }) => left.length > 0),
  );
};

/**
 * Whether `--requirements` was given.
 * @throws UsageError `--check` alone.
 */
function asksForRequirements(values: OptionValues): boolean {
  if (values.check === true && values.requirements !== true)
    throw new UsageError('--check belongs to --requirements.');
  return values.requirements === true;
}

/** Prints a requirements file; with `--check` what is missing, and then the exit code is 1. */
function answerRequirements(
  values: OptionValues,
  service: (onlyMissing: boolean, context: ServiceContext) => Promise<Result<RequirementsReport>>,
): Promise<ExitCode> {
  const run = (context: ServiceContext) => service(values.check === true, context);
  return answer(values, run, describeRequirements, lacksAnything);
}

/**
 * Runs a service from the shell. It does what the tool does, with the same checks, but without the policy, which applies
 * to agents only. SIGINT cancels the call and undoes its changes.
 * @param describe Writes the report as text; with `--json` the report itself is printed.
 * @param isProblem Whether a report counts as a problem.
 * @returns 0, or 1 if the service refused or found a problem.
 */
export async function answer<Report extends object>(
  values: OptionValues,
  service: (context: ServiceContext) => Promise<Result<Report>>,
  describe: (report: Report) => string,
  isProblem: (report: Report) => boolean = () => false,
): Promise<ExitCode> {
  const ready = await setUp(values);
  if (!ready.ok) return complain(ready.refusal);
  const interrupt = new AbortController();
  // `once`: a second SIGINT kills the process, and the next call undoes its changes.
  process.once('SIGINT', () => interrupt.abort());
  const configured = configuredIn(ready.value);
  const has = (tool: string) => TOOL_NAMES.some((name) => name === tool && isOffered(name, configured));
  const surface = commandSurface(settingsIn(values), {}, has);
  const context = { ...createContext(ready.value), surface, isOperator: true, signal: interrupt.signal };
  const result = await orRefusal(() => service(context));
  if (values.json === true) {
    const shown = result.ok ? result.value : { status: 'refused', ...result.refusal };
    say(jsonForLogs(inPlainSight(lean(shown)), 2));
  } else if (result.ok) say(forOperator(describe(result.value)));
  else complainAbout(result.refusal);
  return result.ok && !isProblem(result.value) ? 0 : 1;
}

/** The settings of the configuration that were given as options, as they were given. */
function settingsIn(values: OptionValues): string[] {
  return Object.keys(SETTINGS).flatMap((name) => {
    return [values[name] ?? []].flat().flatMap((value) => [`--${name}`, String(value)]);
  });
}

/** The options that select an instance and an addons directory. */
export function selectionOf(values: OptionValues): Selection {
  return {
    instance: textOption(values, 'instance'),
    branch: textOption(values, 'branch'),
    target_dir: textOption(values, 'target-dir'),
  };
}
