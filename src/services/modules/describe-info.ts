import { renderTree } from '../../addons/graph.ts';
import { counted, oneLine, quoted } from '../../base/text.ts';
import { atLine } from '../../manifest/problems.ts';
import type { AddonInfo } from './addon-info.ts';
import type { TreeNode } from './dependency-tree.ts';

/** What is known about a module, as text for a person; its dependencies as a tree. */
export function describeInfo(info: AddonInfo): string {
  const { module, family, repo, manifest, verdict, series, instance } = info;
  const origin =
    repo === null
      ? ''
      : ` from ${[quoted(repo), info.branch, info.commit?.slice(0, 10)].flatMap((part) => part ?? []).join(' ')}`;
  const kind = family === null ? '' : ` (${family})`;
  const lines = [`${module}${kind}${origin}; instance ${instance}, Odoo ${series}.`];
  if (manifest !== null) {
    lines.push(`Title ${manifest.name || 'missing'}, summary ${manifest.summary || 'missing'}.`);
    const shown = manifest.odoo_version === undefined ? '' : ` (Odoo shows ${manifest.odoo_version})`;
    lines.push(
      `Version ${manifest.version}${shown}, licence ${manifest.license}, category ${manifest.category}.`,
    );
  }
  lines.push(verdict === null ? 'Only its name is known.' : `Verdict: ${verdict}.`);
  lines.push(...info.reasons.map((reason) => `Not linkable: ${reason}`));
  lines.push(
    ...info.problems
      .filter(({ level }) => level === 'warning')
      .map((problem) => `Warning: ${atLine(problem)}`),
  );
  lines.push(...info.linked.map(({ link, state }) => `Linked: ${link} (${state}).`));
  if (info.needed_by.length > 0) lines.push(`Needed by ${info.needed_by.join(', ')}.`);
  const { python = [], bin = [] } = manifest?.external_dependencies ?? {};
  if (python.length > 0) lines.push(`Python packages needed: ${python.join(', ')}.`);
  if (bin.length > 0) lines.push(`Programs needed: ${bin.join(', ')}.`);
  lines.push(...info.conflicts.map(({ kind, message }) => `Conflict (${kind}): ${message}`));
  for (const { items } of info.left_out ?? []) {
    lines.push(
      `${counted(items, 'more dependency was', 'more dependencies were')} not checked: there are more than any Odoo instance has.`,
    );
  }
  return [...lines.map(oneLine), treeText(info), ...(info.graph === null ? [] : [info.graph])].join('\n');
}

/** The dependencies of a module as a tree of lines. */
export function treeText({ dependencies }: Pick<AddonInfo, 'dependencies'>): string {
  return renderTree(dependencies, (node) => oneLine(describeNode(node)));
}

function describeNode({ module, state, family, repo, sound }: TreeNode): string {
  if (state === 'asked') return module;
  const place = {
    core: 'Odoo',
    core_list: 'Odoo',
    addons_path: 'on the addons path',
    linked: 'linked',
    available: `${family}, not linked, in ${quoted(repo ?? '')}`,
    missing: family === 'ee' ? 'missing, Odoo Enterprise' : 'missing',
  }[state];
  return `${module} (${place}${sound || state === 'missing' ? '' : '; cannot be installed'})`;
}
