/** Small modules for a real Odoo: each for one thing that can be seen there. */
import { join } from 'node:path';
import type { Series } from '../../../src/manifest/series.ts';
import type { World } from '../../support/world.ts';

/** The folder of the checkout that has them, in the scratch folder. */
export const REPO = 'src/oca/try-tools';

export interface TryModules {
  /** Writes the next version of `try_grow`: its data need fields that only its new code has. @returns The version. */
  grow(): string;
  /** Puts a module there whose licence makes *Update Apps List* fail, as somebody would by hand. */
  breakUpdate(): void;
}

/** Another checkout, with other code of `try_second`. */
export const OTHER_REPO = 'src/oca/other-tools';

/** Writes the modules. */
export function writeModules(world: World, series: Series): TryModules {
  const write = (name: string, more: Readonly<Record<string, unknown>> = {}, grown = 0, repo = REPO) => {
    const at = (path: string) => join(repo, name, path);
    const fields = ['name', ...Array.from({ length: grown }, (_, index) => `field_${index + 1}`)];
    const version = `${series}.1.${grown}.0`;
    world.module(join(repo, name), { name, version, data: [`data/${name}.xml`], ...more });
    world.file(at('__init__.py'), 'from . import models\n');
    world.file(at('models.py'), modelCode(name, fields));
    world.file(at(`data/${name}.xml`), dataCode(name, fields));
    world.file(at(ICON), name);
    return version;
  };
  const plain = [
    'try_cli',
    'try_at_once',
    'try_at_twice',
    'try_first',
    'try_second',
    'try_third',
    'try_fourth',
    'try_note',
    'try_late',
    'try_stuck',
    'try_grow',
  ];
  for (const name of plain) write(name);
  // What Odoo takes for the version of a module whose files it did not find.
  write('try_stuck_again', { version: '1.0' });
  write('try_note_more', { depends: ['try_note'] });
  write('try_both', { depends: ['try_note', 'web'], auto_install: true });
  write('try_rival', { excludes: ['try_note'] });
  write('try_package', { external_dependencies: { python: ['odoo_link_no_such_package'] } });
  write('try_raise', { post_init_hook: 'refuse' });
  world.file(join(REPO, 'try_raise/__init__.py'), HOOK_THAT_RAISES);
  write('try_import');
  world.file(join(REPO, 'try_import/models.py'), 'import odoo_link_no_such_library\n');
  write('try_missing', { data: ['data/none.xml'] });
  write('try_ref');
  world.file(join(REPO, 'try_ref/data/try_ref.xml'), DATA_WITHOUT_CAUSE);
  write('try_view');
  world.file(join(REPO, 'try_view/data/try_view.xml'), VIEW_OF_NO_FIELD);
  write('try_second', {}, 5, OTHER_REPO);
  let grown = 0;
  return {
    grow: () => write('try_grow', {}, ++grown),
    breakUpdate: () => void write('try_licence', { license: 'MIT' }),
  };
}

const HOOK_THAT_RAISES = `from . import models
from odoo.exceptions import UserError


def refuse(*_):
    raise UserError('The moon is in the wrong house.')
`;

/** Odoo tells the record, which is long, and not what is wrong with it. */
const DATA_WITHOUT_CAUSE = `<odoo><record id="first" model="try.ref">
<field name="name">${'long '.repeat(200)}</field>
<field name="create_uid" ref="base.odoo_link_nobody"/>
</record></odoo>
`;

/** Odoo tells the view, and what is wrong with it at the end. */
const VIEW_OF_NO_FIELD = `<odoo><record id="first" model="ir.ui.view">
<field name="name">first</field>
<field name="model">try.view</field>
<field name="arch" type="xml"><form><label for="name" string="${'long '.repeat(200)}"/><field name="odoo_link_no_such_field"/></form></field>
</record></odoo>
`;

/** The file of each module by which is seen whether Odoo serves its static files. */
export const ICON = 'static/description/icon.png';

function modelCode(name: string, fields: readonly string[]): string {
  return `from odoo import fields, models


class Model(models.Model):
    _name = '${name.replaceAll('_', '.')}'
    _description = '${name}'
${fields.map((field) => `    ${field} = fields.Char()\n`).join('')}`;
}

function dataCode(name: string, fields: readonly string[]): string {
  const values = fields.map((field) => `<field name="${field}">${field}</field>`);
  return `<?xml version="1.0" encoding="utf-8"?>
<odoo><record id="first" model="${name.replaceAll('_', '.')}">${values.join('')}</record></odoo>
`;
}
