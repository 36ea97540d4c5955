import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { IdleOrder } from './idle-process.js';

/** Resolves when all connections are there and have had their answer. */
export async function holdIdle(order: IdleOrder): Promise<{ close: () => Promise<void> }> {
  const child = fork(fileURLToPath(new URL('./idle-process.js', import.meta.url)));
  child.send(order);
  const failed = once(child, 'exit').then(() => {
    throw new Error('The connections could not be opened.');
  });
  await Promise.race([once(child, 'message'), failed]);
  failed.catch(() => undefined);
  return {
    close: async () => {
      child.kill('SIGKILL');
      await failed.catch(() => undefined);
    },
  };
}
