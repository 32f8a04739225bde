import { ProtocolError, ProtocolErrorCode, type Server } from '@modelcontextprotocol/server';
import { isModuleName } from '../addons/module-name.ts';
import type { Gate } from '../gate/gate.ts';
import type { ToolName } from '../tool-table.ts';
import type { SharedParts } from './call-tool.ts';

interface Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Offered only if the policy allows one of these. */
  readonly needs: readonly ToolName[];
  /** @param has Whether a tool is listed. */
  text(module: string, where: string, has: (tool: ToolName) => boolean): string;
}

const PROMPTS: readonly Prompt[] = [
  {
    name: 'make_module_available',
    title: 'Make a module available',
    description: 'Link a module and everything it needs, so that Odoo can install it.',
    needs: ['oca_link', 'ee_link'],
    text: (module, where, has) =>
      `Make the Odoo module ${module} available${where}.\n\n` +
      '1. Call addon_info for it: it shows the family, the verdict on its manifest, what it needs and what is missing, ' +
      'and what it excludes. If it is not found, the hint says which other instance has it; else look for the right ' +
      'technical name with addon_search and ask before you use another one.\n' +
      '2. Call oca_link (families oca and own) or ee_link (family ee) with dry_run: true and show what would be linked, with the ' +
      'warnings. If it is refused, do what the hint says; if only the operator can do that, say what the operator must do.\n' +
      `3. Call it again without dry_run${has('odoo_refresh') ? ', with refresh: true, so that Odoo reads its list again' : ''}.\n` +
      (has('odoo_install')
        ? '4. Call odoo_install with dry_run: true and show all that would be installed. Once that is agreed to, call it ' +
          'without dry_run; if Odoo must be restarted first, say so.\n' +
          '5. Report the state of each module as Odoo tells it, and all of the next_steps.'
        : '4. Report what was linked, and all of the next_steps: linking alone installs nothing.'),
  },
  {
    name: 'why_not_visible',
    title: 'Why does Odoo not see a module?',
    description: 'Find out why a module does not appear in Odoo, or cannot be installed.',
    needs: ['addon_info', 'link_status'],
    text: (module, where, has) =>
      `Find out why Odoo does not see or cannot install the module ${module}${where}. Change nothing.\n\n` +
      `1. Call addon_info for it${has('odoo_refresh') ? ', with odoo: true' : ''}: \`linked\` says where it is linked, in which state, and what to do about it; the verdict ` +
      'says whether Odoo would hide it, list it greyed out, or fail on it; the dependencies show what is missing, the ' +
      'conflicts what hides it or keeps it out. If it is not found, the hint says who has it.\n' +
      '2. Only if the cause may lie with other modules too, call link_status: it lists everything that is wrong, the worst ' +
      'first.\n' +
      (has('odoo_refresh')
        ? '3. `odoo` says what the running Odoo knows of it, and its note what to do. Where that is to have Odoo read its list ' +
          'again, ask before you call odoo_refresh. If Odoo cannot be asked and '
        : '3. If ') +
      'all of that is fine, the cause is in Odoo: Update Apps List was not run, a worker has cached that the ' +
      'module was missing and needs a restart, or the addons directory is not on addons_path (odoo-link-mcp doctor ' +
      'checks this).\n' +
      '4. Answer with the cause, the evidence for it, and the next step, in that order.',
  },
];

function offered(gate: Gate): Prompt[] {
  return PROMPTS.filter(({ needs }) => needs.some((tool) => gate.isListed(tool)));
}

/** What is listed. */
export function listPrompts(gate: Gate) {
  return offered(gate).map(({ name, title, description }) => ({
    name,
    title,
    description,
    arguments: [
      { name: 'module', description: 'Technical name of the module.', required: true },
      {
        name: 'instance',
        description: 'Name of the instance; needed when there are several.',
        required: false,
      },
    ],
  }));
}

/** Offers the prompts whose tools the policy allows. */
export function offerPrompts(server: Server, { context, gate }: SharedParts): void {
  server.setRequestHandler('prompts/list', () => ({ prompts: listPrompts(gate) }));
  server.setRequestHandler('prompts/get', ({ params: { name, arguments: args = {} } }) => {
    const prompt = offered(gate).find((candidate) => candidate.name === name);
    if (prompt === undefined) throw invalid('No prompt has this name.');
    const { module = '' } = args;
    // As in calls of tools, an empty text is none.
    const instance = args.instance || undefined;
    if (!isModuleName(module)) {
      throw invalid('module must be the technical name of an Odoo module.');
    }
    if (instance !== undefined && !context.instances.some((known) => known.name === instance)) {
      throw invalid('No instance has this name.');
    }
    const where = instance === undefined ? '' : ` on the instance ${instance}`;
    const text = prompt.text(module, where, (tool) => gate.isListed(tool));
    return { description: prompt.description, messages: [{ role: 'user', content: { type: 'text', text } }] };
  });
}

function invalid(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}
