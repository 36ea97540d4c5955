import type { ProcessSnapshot } from '../../metrics/metrics-collector.js';
import type { ToPrimary, ToWorker } from './messages.js';

let lastId = 0;

/** Asks the primary for what every worker has counted. */
export function collectFromAll(): Promise<readonly ProcessSnapshot[]> {
  const id = ++lastId;
  return new Promise((resolve) => {
    const onMessage = (message: ToWorker): void => {
      if (message.kind !== 'counted' || message.id !== id) return;
      process.off('message', onMessage);
      resolve(message.all);
    };
    process.on('message', onMessage);
    const question: ToPrimary = { kind: 'collect', id };
    process.send?.(question);
  });
}
