/** Whether secrets are seen where nobody should see them: in answers, files, lists of processes. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Watch {
  /** Something that was shown to somebody. */
  hear(what: string, text: string): void;
  /** Looks into every file of a folder. */
  look(what: string, folder: string): void;
  /** Ends it. @returns What was looked at, and where a secret was. */
  end(): Promise<{ readonly looked: string; readonly found: readonly string[] }>;
}

/** How often the list of processes is read, in milliseconds. */
const EVERY = 150;

export function watchFor(secrets: readonly string[]): Watch {
  const found = new Set<string>();
  const counts = new Map<string, number>();
  const search = (what: string, text: string) => {
    counts.set(what, (counts.get(what) ?? 0) + 1);
    if (secrets.some((secret) => text.includes(secret))) found.add(what);
  };
  let isOver = false;
  const processes = (async () => {
    while (!isOver) {
      const { stdout } = await promisify(execFile)('ps', ['-eo', 'args'], { maxBuffer: 64 * 1024 * 1024 });
      search('lists of processes', stdout);
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
  })();
  return {
    hear: search,
    look(what, folder) {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
        if (entry.isFile()) search(what, readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    },
    async end() {
      isOver = true;
      await processes;
      const looked = [...counts].map(([what, count]) => `${count} ${what}`).join(', ');
      return { looked, found: [...found] };
    },
  };
}
