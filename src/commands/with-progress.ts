import type { ServiceContext } from '../services/context.ts';
import { progressLine } from './terminal.ts';

const WIDTH = 20;

/** Runs a service with a bar on stderr that shows how far it is. */
export async function withProgress<T>(
  context: ServiceContext,
  work: (context: ServiceContext) => Promise<T>,
): Promise<T> {
  const line = progressLine();
  const onProgress = (done: number, total: number, what?: string) => {
    const filled = Math.round((WIDTH * done) / Math.max(total, 1));
    line.show(`[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${what ?? `${done} of ${total} links`}`);
  };
  try {
    return await work({ ...context, onProgress });
  } finally {
    line.end();
  }
}
