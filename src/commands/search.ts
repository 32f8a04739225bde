import { FAMILIES, type Family } from '../addons/roots.ts';
import { describeSearch, searchAddons } from '../services/modules/search-addons.ts';
import { answer, oneOf, selectionOf, textOption } from './answer.ts';
import type { Run } from './command.ts';

/** `search [WORD...]`: what `addon_search` finds. */
export const search: Run = async ({ positionals, values }) => {
  const limit = textOption(values, 'limit');
  const request = {
    ...selectionOf(values),
    query: positionals.join(' '),
    family: oneOf(textOption(values, 'family'), '--family', FAMILIES) as Family | undefined,
    repo: textOption(values, 'repo'),
    limit: limit === undefined ? undefined : Number(limit),
    cursor: textOption(values, 'cursor'),
  };
  return answer(values, (context) => searchAddons(request, context), describeSearch);
};
