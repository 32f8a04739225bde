import { renderTree } from '../../addons/graph.ts';
import { counted, oneLine, quoted } from '../../base/text.ts';
import { atLine } from '../../manifest/problems.ts';
import { describeChange } from '../history/module-history.ts';
import { describeInOdoo } from '../odoo/in-odoo.ts';
import { type AddonInfo, isSeveral, type ModuleRow, type OneInfo, type SeveralInfo } from './info-schema.ts';
import { describeRequirementsOf } from './tree-requirements.ts';

/** What is known about modules, as text for a person; the dependencies of a single one as a tree. */
export function describeInfo(info: AddonInfo): string {
  const { requirements, conflicts, left_out = [], graph, odoo } = info;
  const lines = [
    ...(isSeveral(info) ? describeSeveral(info) : describeOne(info)),
    ...(odoo === undefined ? [] : describeInOdoo(odoo)),
    ...(requirements === undefined ? [] : describeRequirementsOf(requirements)),
    ...conflicts.map(({ kind, message }) => `Conflict (${kind}): ${message}`),
    ...left_out.map(({ what, items }) => {
      if (what === '/conflicts')
        return `${counted(items, 'more conflict is', 'more conflicts are')} not listed.`;
      return `${counted(items, 'more dependency was', 'more dependencies were')} not checked: there are more than any Odoo instance has.`;
    }),
  ];
  const drawn = isSeveral(info) ? [] : drawDependencies(info);
  return [...lines.map(oneLine), ...drawn, ...(graph === null ? [] : [graph])].join('\n');
}

/** What is known of a module that is on no disk. */
function describeKnown({ module, known, next, reasons }: OneInfo): string[] {
  if (known === undefined) return [];
  const { odoo, depends = [], other_series, as_of } = known;
  const elsewhere = other_series.map(({ series, repos }) => `${series} (${repos.map(quoted).join(', ')})`);
  return [
    ...reasons,
    ...(odoo === undefined ? [] : [odoo.replace(/^It /, `${module} `)]),
    ...(elsewhere.length > 0 ? [`For other series: ${elsewhere.join(', ')}.`] : []),
    ...(depends.length > 0 ? [`As of ${as_of} it needs ${depends.join(', ')}.`] : []),
    ...(next === undefined ? [] : [`Next: ${next}`]),
  ];
}

function describeOne(info: OneInfo): string[] {
  const { module, family, repo, manifest, verdict, series, instance } = info;
  const git = [repo === null ? null : quoted(repo), info.branch, info.commit?.slice(0, 10)];
  const origin = repo === null ? '' : ` from ${git.flatMap((part) => part ?? []).join(' ')}`;
  const at = info.path === null ? '' : `, in ${info.path}`;
  const absent = info.on_disk === false ? ' is on no disk here' : '';
  const kind = family === null ? '' : ` (${family})`;
  const lines = [`${module}${kind}${origin}${at}${absent}; instance ${instance}, Odoo ${series}.`];
  if (manifest !== null) {
    lines.push(`Title ${manifest.name || 'missing'}, summary ${manifest.summary || 'missing'}.`);
    const shown = manifest.odoo_version === undefined ? '' : ` (Odoo shows ${manifest.odoo_version})`;
    lines.push(
      `Version ${manifest.version}${shown}, licence ${manifest.license}, category ${manifest.category}.`,
    );
  }
  if (info.on_disk === false) lines.push(...describeKnown(info));
  else {
    lines.push(verdict === null ? 'Only its name is known.' : `Verdict: ${verdict}.`);
    if (info.linkable && info.linked.length === 0) lines.push('Not linked; linkable.');
    lines.push(...info.reasons.map((reason) => `Not linkable: ${reason}`));
  }
  lines.push(
    ...info.problems
      .filter(({ level }) => level === 'warning')
      .map((problem) => `Warning: ${atLine(problem)}`),
  );
  for (const { link, state, problem, remedy } of info.linked) {
    const said = [problem, remedy].flatMap((part) => (part === undefined ? [] : [` ${part}`]));
    lines.push(`Linked: ${link} (${state}).${said.join('')}`);
  }
  if (info.needed_by.length > 0) lines.push(`Needed by ${info.needed_by.join(', ')}.`);
  lines.push(...info.elsewhere.map((one) => `Elsewhere: ${describePlace(one)}.`));
  const { changes = [], note } = info.history ?? {};
  lines.push(...changes.map(describeChange), ...(note === undefined ? [] : [note]));
  return lines;
}

function describePlace({
  instance,
  series,
  repo,
  version,
  installable,
}: OneInfo['elsewhere'][number]): string {
  const what = [
    ...(version === undefined ? [] : [version]),
    ...(installable === false ? ['not installable'] : []),
  ];
  return `${instance} (${series}) in ${quoted(repo)}${what.length > 0 ? `, ${what.join(', ')}` : ''}`;
}

function describeSeveral({ modules, comes_along, instance, series }: SeveralInfo): string[] {
  const missing = modules.filter(({ exists }) => !exists).length;
  const count = counted(modules.length, 'module');
  const head = `${modules.length - missing} of ${count} exist on disk; instance ${instance}, Odoo ${series}.`;
  const along = comes_along.length > 0 ? [`Linked along with them: ${comes_along.join(', ')}.`] : [];
  return [head, ...modules.map(describeRow), ...along];
}

function describeRow(row: ModuleRow): string {
  const { module, family, repo, version, license, linkable, linked, reasons, elsewhere } = row;
  const origin = [family, repo === null ? null : quoted(repo), version, license];
  const state = linked.length > 0 ? `linked (${linked.join(', ')})` : linkable ? 'linkable' : 'not linkable';
  const facts = [...origin.flatMap((part) => part ?? []), state].join(', ');
  const places = elsewhere.map((one) => ` Elsewhere: ${describePlace(one)}.`).join('');
  return `- ${module}: ${facts}.${linkable ? '' : reasons.map((reason) => ` ${reason}`).join('')}${places}`;
}

/** What a module needs but Odoo's own modules, as a tree; nothing if it needs nothing else. */
function drawDependencies(info: OneInfo): string[] {
  const { dependencies, odoo_modules } = info;
  const odoo = odoo_modules.length > 0 ? [`Odoo's own modules needed: ${odoo_modules.join(', ')}.`] : [];
  return [...odoo.map(oneLine), ...(dependencies.length > 0 ? [draw(info, dependencies)] : [])];
}

/** All dependencies of a module as a tree of lines, Odoo's own modules with them. */
export function treeText(info: OneInfo): string {
  const odoo = info.odoo_modules.map((module): Dependency => {
    return { module, state: 'core', family: 'core', repo: null, depends: [] };
  });
  return draw(info, [...info.dependencies, ...odoo]);
}

type Dependency = OneInfo['dependencies'][number];

function draw({ module, manifest }: OneInfo, dependencies: readonly Dependency[]): string {
  const asked = {
    module,
    state: 'asked' as const,
    depends: manifest?.depends ?? [],
    family: null,
    repo: null,
  };
  return renderTree<Dependency>([asked, ...dependencies], (node) => oneLine(describeNode(node)));
}

function describeNode(node: Dependency): string {
  const { module, state, family, repo, sound = true } = node;
  if (state === 'asked') return module;
  const place = {
    core: 'Odoo',
    core_list: 'Odoo',
    python: 'installed by pip',
    addons_path: 'on the addons path',
    linked: 'linked',
    available: `${family}, not linked${repo === null ? '' : `, in ${quoted(repo)}`}`,
    missing: family === 'ee' ? 'missing, Odoo Enterprise' : 'missing',
  }[state];
  return `${module} (${place}${sound ? '' : '; cannot be installed'})`;
}
