import { mkdtempSync, realpathSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { copySync, ensureDirSync, outputFileSync, removeSync } from 'fs-extra/esm';
import { onTestFinished } from 'vitest';

/** A scratch folder with roots, addons directories and a configuration, removed when the test ends. */
export interface World {
  readonly path: string;
  at(...parts: string[]): string;
  folder(...parts: string[]): string;
  file(path: string, text?: string): string;
  link(target: string, path: string): string;
  /** A module with a sound manifest; `manifest` replaces keys, null leaves a key out. */
  module(path: string, manifest?: Readonly<Record<string, unknown>>): string;
  /** Copies the bundled fixtures to `src`. */
  fixtures(): void;
  /** Writes a configuration with one instance `prod` and returns its path. */
  config(instance?: Record<string, unknown>, rest?: Record<string, unknown>): string;
}

export function createWorld(): World {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-test-')));
  onTestFinished(() => removeSync(path));
  return openWorld(path);
}

/** The same for a folder whose end somebody else sees to. */
export function openWorld(path: string): World {
  const at = (...parts: string[]) => join(path, ...parts);
  const folder = (...parts: string[]) => {
    ensureDirSync(at(...parts));
    return at(...parts);
  };
  const file = (name: string, text = '') => {
    outputFileSync(at(name), text);
    return at(name);
  };
  return {
    path,
    at,
    folder,
    file,
    link(target, name) {
      ensureDirSync(dirname(at(name)));
      symlinkSync(target, at(name));
      return at(name);
    },
    module(name, manifest = {}) {
      file(join(name, '__init__.py'));
      file(join(name, '__manifest__.py'), manifestText(manifest));
      return at(name);
    },
    fixtures() {
      copySync(join(import.meta.dirname, '../../fixtures'), at('src'));
    },
    config(instance = {}, rest = {}) {
      folder('linked');
      const prod = {
        series: '17.0',
        addonsDirs: ['linked'],
        roots: { oca: ['src/oca'], ee: ['src/ee'] },
        ...instance,
      };
      const roots = Object.values(prod.roots as Record<string, string[]>).flat();
      for (const root of roots) if (!/^\/|\*/.test(root)) folder(root);
      const policy = { version: '1', default: 'allow' };
      return file(
        'odoo-link.json',
        JSON.stringify({ instances: { prod }, policy, stateDir: 'state', ...rest }),
      );
    },
  };
}

/** A manifest with what a sound module has; values are written as Python literals. */
export function manifestText(manifest: Readonly<Record<string, unknown>> = {}): string {
  const keys = { name: 'Test', version: '17.0.1.0.0', license: 'AGPL-3', depends: ['base'], ...manifest };
  const lines = Object.entries(keys)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `    ${JSON.stringify(key)}: ${python(value)},\n`);
  return `{\n${lines.join('')}}\n`;
}

function python(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, inner]) => `${JSON.stringify(key)}: ${python(inner)}`)
      .join(', ')}}`;
  }
  return JSON.stringify(value);
}
