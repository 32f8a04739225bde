import { readFile } from 'node:fs/promises';
import { stopAtShortage } from './base/interruption.ts';

const facts = new Map<string, Promise<unknown>>();

/**
 * Reads a file of facts in src/data, which the build copies to dist/data: only calls that need it read it, once.
 * @param name The file's name, without `.json`.
 * @returns The same object each time.
 */
export function readFacts<T>(name: string): Promise<T> {
  const known = facts.get(name) ?? read(name);
  facts.set(name, known);
  return known as Promise<T>;
}

async function read(name: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(new URL(`./data/${name}.json`, import.meta.url), 'utf8'));
  } catch (error) {
    facts.delete(name);
    stopAtShortage(error);
    throw error;
  }
}
