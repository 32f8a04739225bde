/** Small modules for a real Odoo: each for one thing that can be seen there. */
import { join } from 'node:path';
import type { Series } from '../../../src/manifest/series.ts';
import type { World } from '../../support/world.ts';

/** The folder of the checkout that has them, in the scratch folder. */
export const REPO = 'src/oca/try-tools';

export interface TryModules {
  /** Writes the next version of `try_grow`: its data need a field that only its new code has. */
  grow(): void;
  /** Puts a module there whose licence makes *Update Apps List* fail, as somebody would by hand. */
  breakUpdate(): void;
}

/** Writes the modules. */
export function writeModules(world: World, series: Series): TryModules {
  const write = (name: string, manifest: Readonly<Record<string, unknown>> = {}, version = '1.0.0') => {
    const keys = { name, version: `${series}.${version}`, data: [`data/${name}.xml`], ...manifest };
    const at = world.module(join(REPO, name), keys);
    return { at, file: (path: string, text: string) => world.file(join(REPO, name, path), text) };
  };
  const withModel = (name: string, manifest = {}, version = '1.0.0', more: readonly string[] = []) => {
    const { file } = write(name, manifest, version);
    file('__init__.py', 'from . import models\n');
    file('models.py', modelCode(name, more));
    file(`data/${name}.xml`, dataCode(name, more));
    file('static/description/icon.txt', name);
  };
  withModel('try_note');
  withModel('try_note_more', { depends: ['try_note'] });
  withModel('try_both', { depends: ['try_note', 'web'], auto_install: true });
  withModel('try_late');
  withModel('try_stuck');
  withModel('try_grow');
  withModel('try_package', { external_dependencies: { python: ['odoo_link_no_such_package'] } });
  return {
    grow: () => withModel('try_grow', {}, '1.1.0', ['size']),
    breakUpdate() {
      const { file } = write('try_licence', { license: 'MIT', data: [] });
      file('static/description/icon.txt', 'try_licence');
    },
  };
}

function modelCode(name: string, more: readonly string[]): string {
  const fields = ['name', ...more].map((field) => `    ${field} = fields.Char()\n`);
  return `from odoo import fields, models


class Model(models.Model):
    _name = '${name.replaceAll('_', '.')}'
    _description = '${name}'
${fields.join('')}`;
}

function dataCode(name: string, more: readonly string[]): string {
  const fields = ['name', ...more].map((field) => `<field name="${field}">${field}</field>`);
  return `<?xml version="1.0" encoding="utf-8"?>
<odoo><record id="first" model="${name.replaceAll('_', '.')}">${fields.join('')}</record></odoo>
`;
}
