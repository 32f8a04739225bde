import {
  type InputRequiredResult,
  isInputRequiredResult,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  type Server,
} from '@modelcontextprotocol/server';
import { oneLine } from '../base/text.ts';
import type { Instance } from '../config/instance.ts';
import type { Gate } from '../gate/gate.ts';
import type { ServiceContext } from '../services/context.ts';
import type { SharedParts } from './call-tool.ts';
import type { RunCall } from './request.ts';
import { resourceText } from './results.ts';
import type { Tool } from './tool.ts';
import { addonInfoTool, linkStatusTool } from './tools.ts';

const JSON_TYPE = 'application/json';
const INSTANCES = 'odoo-link://instances';
const LINKS = 'odoo-link://{instance}/links';
const MODULE = 'odoo-link://{instance}/modules/{name}';

/** What is listed: resources, and templates of them. */
export function listResources(gate: Gate, instances: readonly Pick<Instance, 'name' | 'series'>[]) {
  const [hasLinks, hasModules] = [gate.isListed('link_status'), gate.isListed('addon_info')];
  return {
    resources: [
      { uri: INSTANCES, name: 'instances', title: 'Configured instances', mimeType: JSON_TYPE },
      ...(hasLinks ? instances : []).map(({ name, series }) => ({
        uri: LINKS.replace('{instance}', name),
        name: `${name}/links`,
        title: `What is linked in ${name} (Odoo ${series})`,
        mimeType: JSON_TYPE,
      })),
    ],
    resourceTemplates: [
      ...(hasLinks
        ? [{ uriTemplate: LINKS, name: 'links', title: 'What is linked in an instance', mimeType: JSON_TYPE }]
        : []),
      ...(hasModules
        ? [{ uriTemplate: MODULE, name: 'module', title: 'Everything about a module', mimeType: JSON_TYPE }]
        : []),
    ],
  };
}

/**
 * Offers the answers of the read-only tools as resources too: only where the policy allows the tool, and reading one counts
 * as a call. The instances are listed whatever the policy says, as in the server's instructions.
 */
export function offerResources(server: Server, { context, gate }: SharedParts, run: RunCall): void {
  const list = () => listResources(gate, context.instances);
  server.setRequestHandler('resources/list', () => ({ resources: list().resources }));
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: list().resourceTemplates,
  }));
  server.setRequestHandler('resources/read', async ({ params: { uri } }, request) => {
    const content =
      uri === INSTANCES
        ? describeInstances(context)
        : await readFromTool(uri, gate, (tool, args) => run(tool, args, request));
    if (isInputRequiredResult(content)) return content;
    return { contents: [{ uri, mimeType: JSON_TYPE, text: resourceText(content) }] };
  });
}

function describeInstances({ instances }: ServiceContext): object {
  return instances.map(({ name, series, addonsDirs, roots }) => ({
    instance: name,
    series,
    addons_dirs: addonsDirs.map(({ path }) => path),
    roots: roots.map(({ family, path }) => ({ family, path })),
  }));
}

type Run = (tool: Tool, args: Record<string, string>) => ReturnType<RunCall>;

async function readFromTool(uri: string, gate: Gate, run: Run): Promise<object | InputRequiredResult> {
  const call = callFor(uri);
  if (call === null) {
    const said = `No resource has this URI. The resources are ${INSTANCES}, ${LINKS} and ${MODULE}.`;
    throw new ResourceNotFoundError(uri, said);
  }
  if (gate.isHidden(call.tool.name)) throw new ResourceNotFoundError(uri, 'No resource has this URI.');
  const ended = await run(call.tool, call.args);
  if (isInputRequiredResult(ended)) return ended;
  if (ended.ok) return ended.report;
  const { code, message } = ended.refusal;
  const said = `${oneLine(message)} [${code}]`;
  if (code === 'module_not_found' || code === 'unknown_instance') throw new ResourceNotFoundError(uri, said);
  throw new ProtocolError(ProtocolErrorCode.InvalidRequest, said);
}

/** The call of a tool that a URI stands for; null for a URI of no resource. */
function callFor(uri: string): { tool: Tool; args: Record<string, string> } | null {
  const [, instance, rest = ''] = /^odoo-link:\/\/([^/?#]+)\/([^?#]*)$/.exec(uri) ?? [];
  if (instance === undefined) return null;
  if (rest === 'links') return { tool: linkStatusTool, args: { instance } };
  const [, module] = /^modules\/([^/]+)$/.exec(rest) ?? [];
  return module === undefined ? null : { tool: addonInfoTool, args: { instance, module } };
}
