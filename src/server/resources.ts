import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  ErrorCode,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  McpError,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { oneLine } from '../base/text.ts';
import type { ServiceContext } from '../services/context.ts';
import { type CallParts, runTool, type Track } from './call-tool.ts';
import { resourceText } from './results.ts';
import type { Tool } from './tool.ts';
import { addonInfoTool, linkStatusTool } from './tools.ts';

const JSON_TYPE = 'application/json';
const INSTANCES = 'odoo-link://instances';
const LINKS = 'odoo-link://{instance}/links';
const MODULE = 'odoo-link://{instance}/modules/{name}';

/** MCP's error code for a resource that does not exist (specification 2025-06-18, "Resources", error handling). */
const RESOURCE_NOT_FOUND = -32002;

/**
 * Offers the answers of the read-only tools as resources too: only where the policy allows the tool, and reading one counts
 * as a call. The instances are listed whatever the policy says, as in the server's instructions.
 */
export function offerResources(server: Server, parts: CallParts, track: Track): void {
  const { context, gate } = parts;
  server.setRequestHandler(ListResourcesRequestSchema, () => ({
    resources: [
      { uri: INSTANCES, name: 'instances', title: 'Configured instances', mimeType: JSON_TYPE },
      ...(gate.isListed('link_status') ? context.instances : []).map(({ name, series }) => ({
        uri: LINKS.replace('{instance}', name),
        name: `${name}/links`,
        title: `What is linked in ${name} (Odoo ${series})`,
        mimeType: JSON_TYPE,
      })),
    ],
  }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [
      ...(gate.isListed('link_status')
        ? [{ uriTemplate: LINKS, name: 'links', title: 'What is linked in an instance', mimeType: JSON_TYPE }]
        : []),
      ...(gate.isListed('addon_info')
        ? [{ uriTemplate: MODULE, name: 'module', title: 'Everything about a module', mimeType: JSON_TYPE }]
        : []),
    ],
  }));
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }) => {
    const content = uri === INSTANCES ? describeInstances(context) : await track(readFromTool(uri, parts));
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

async function readFromTool(uri: string, parts: CallParts): Promise<object> {
  const [, instance, rest = ''] = /^odoo-link:\/\/([^/?#]+)\/([^?#]*)$/.exec(uri) ?? [];
  const [, module] = /^modules\/([^/]+)$/.exec(rest) ?? [];
  if (instance !== undefined && rest === 'links') return report(linkStatusTool, { instance }, parts);
  if (instance !== undefined && module !== undefined)
    return report(addonInfoTool, { instance, module }, parts);
  throw new McpError(
    RESOURCE_NOT_FOUND,
    `No resource has this URI. The resources are ${INSTANCES}, ${LINKS} and ${MODULE}.`,
  );
}

async function report(tool: Tool, args: Record<string, string>, parts: CallParts): Promise<object> {
  if (parts.gate.isHidden(tool.name)) throw new McpError(RESOURCE_NOT_FOUND, 'No resource has this URI.');
  const outcome = await runTool(tool, args, parts);
  if (outcome.ok) return outcome.report;
  const { code, message } = outcome.refusal;
  const isAbsent = code === 'module_not_found' || code === 'unknown_instance';
  const said = `${oneLine(message)} [${code}]`;
  throw new McpError(isAbsent ? RESOURCE_NOT_FOUND : ErrorCode.InvalidRequest, said);
}
