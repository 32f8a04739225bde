import { describe, expect, it } from 'vitest';
import { type ModuleOffer, nameConflict } from '../../src/addons/conflicts.ts';
import type { Family } from '../../src/addons/roots.ts';

const lists = { community: new Set(['sale', 'web']), enterprise: new Set(['knowledge']) };
const none = { community: new Set<string>(), enterprise: new Set<string>() };

const offer = (family: Family, repo: string): ModuleOffer => ({ family, repo, path: `/src/${repo}/a` });
const listed = (family: Family): ModuleOffer => ({ family, repo: null, path: null });

/** Families that offer something have a root. */
const conflictOf = (module: string, offers: readonly ModuleOffer[], names = lists) =>
  nameConflict(module, offers, { lists: names, roots: offers });

describe('nameConflict', () => {
  it.each<[string, string, ModuleOffer[]]>([
    ['one offer of a name no list has', 'a', [offer('oca', 'web')]],
    ['no offer at all', 'a', []],
    ['no offer of a name of Odoo', 'sale', []],
    ["Odoo's own module, in its own root", 'sale', [offer('core', 'odoo')]],
    ['an Enterprise module, in its own root', 'knowledge', [offer('ee', 'enterprise')]],
    ['an object property', 'constructor', [offer('oca', 'web')]],
    ['the prototype', '__proto__', [offer('oca', 'web')]],
  ])('sees none in %s', (_, module, offers) => {
    expect(conflictOf(module, offers, lists)).toBeNull();
  });

  it.each<[string, string, Family[], Family[]]>([
    ['same_name', 'a', ['oca', 'oca'], []],
    ['same_name', 'a', ['ee', 'ee'], []],
    ['families', 'a', ['oca', 'ee'], []],
    ['families', 'a', ['oca', 'oca', 'ee'], []],
    ['families', 'knowledge', ['oca'], ['ee']],
    ['families', 'knowledge', ['oca', 'ee'], []],
    ['core', 'sale', ['oca'], ['core']],
    ['core', 'sale', ['ee'], ['core']],
    ['core', 'sale', ['oca', 'core'], []],
    ['core', 'a', ['ee', 'core'], []],
    ['core', 'a', ['oca', 'ee', 'core'], []],
    ['core', 'sale', ['oca', 'ee'], ['core']],
  ])('calls it %s when %s is offered by %j, and by the lists of %j', (kind, module, families, known) => {
    const offers = families.map((family, at) => offer(family, `repo${at}`));
    expect(conflictOf(module, offers, lists)).toMatchObject({
      kind,
      module,
      offers: [...offers, ...known.map(listed)],
    });
  });

  it('names every place, those on disk with repository and family', () => {
    expect(conflictOf('sale', [offer('oca', 'web'), offer('ee', 'enterprise')], lists)?.message).toBe(
      'sale is offered by web (oca), enterprise (ee), Odoo Community.',
    );
    expect(conflictOf('knowledge', [offer('oca', 'web')], lists)?.message).toBe(
      'knowledge is offered by web (oca), Odoo Enterprise.',
    );
  });

  it('counts what may not be shown, which is still a conflict', () => {
    const [shown, hidden] = [offer('oca', 'web'), offer('oca', 'secret')];
    const told = (...withheld: ModuleOffer[]) =>
      nameConflict('a', [shown, hidden], { lists: none, roots: [] }, new Set(withheld));
    expect(told(hidden)).toMatchObject({
      kind: 'same_name',
      offers: [shown],
      message: 'a is offered by web (oca), and 1 more that the policy does not show.',
    });
    expect(told(shown, hidden)?.message).toBe('a is offered by 2 that the policy does not show.');
  });

  it('has no list speak where it is empty', () => {
    expect(conflictOf('sale', [offer('oca', 'web')], none)).toBeNull();
  });

  it('lets no name of a folder write lines of its own', () => {
    const conflict = conflictOf('a\nNext: b', [offer('oca', 'x\ny'), offer('oca', '\u001b[2J')], none);
    expect(conflict?.message).toBe('"a\\u{a}Next: b" is offered by "x\\u{a}y" (oca), "\\u{1b}[2J" (oca).');
  });
});
