import { ok, type Result } from '../../base/refusal.ts';
import type { Scope } from '../context.ts';
import { listEntries } from '../linked-modules.ts';

/** The names of all that is in the addons directories of an instance, each once. */
export async function linkedNames({ instance, turns, sources }: Scope): Promise<Result<readonly string[]>> {
  const listed = await listEntries(instance, turns, instance.addonsDirs, sources.look);
  return listed.ok ? ok([...new Set(listed.value.map(({ name }) => name))]) : listed;
}
