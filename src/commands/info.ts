import { GRAPH_FORMATS, type GraphFormat } from '../addons/graph.ts';
import { FAMILIES, type Family } from '../addons/roots.ts';
import { addonInfo } from '../services/modules/addon-info.ts';
import { type AddonInfo, describeInfo, treeText } from '../services/modules/describe-info.ts';
import { answer, oneOf, selectionOf, textOption } from './answer.ts';
import { type Run, UsageError } from './command.ts';

/** `info MODULE`: the report of `addon_info`; `--tree` and `--graph` print only one view of it. */
export const info: Run = async ({ positionals: [module, ...rest], values }) => {
  if (module === undefined || rest.length > 0) throw new UsageError('info needs one MODULE.');
  const family = oneOf(textOption(values, 'family'), '--family', FAMILIES) as Family | undefined;
  const graph = oneOf(textOption(values, 'graph'), '--graph', GRAPH_FORMATS) as GraphFormat | undefined;
  const request = { ...selectionOf(values), module, family, repo: textOption(values, 'repo'), graph };
  const describe = (report: AddonInfo) => {
    if (values.tree === true) return treeText(report);
    return report.graph ?? describeInfo(report);
  };
  return answer(values, (context) => addonInfo(request, context), describe);
};
