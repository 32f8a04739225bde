import { ok, type Result } from '../base/refusal.ts';
import type { OdooConnection } from './odoo-connection.ts';
import type { OdooFault } from './odoo-fault.ts';
export const RESTART_MS = 1;
export async function restartOdoo(
  _: OdooConnection,
  __: {
    limit: number;
    signal?: AbortSignal | undefined;
    onProgress?: (a: number, b: number, c: string) => void;
  },
): Promise<Result<void, OdooFault>> {
  return ok(undefined);
}
