import type { Load, LoadResult } from './load.js';
import { quantileOf } from './quantile.js';

/* What the processes have in common that are a load: see applyLoad(). */

/** Runs the load that the process is sent, and answers with its result. */
export function runLoadOf(run: (load: Load) => Promise<LoadResult>): void {
  process.once('message', (load: Load) => {
    void run(load).then((result) => {
      process.send?.(result, () => {
        process.disconnect();
      });
    });
  });
}

/** What has been answered so far. */
export interface Tally {
  /** Milliseconds. */
  readonly latencies: number[];
  bytes: number;
  failures: number;
}

export const newTally = (): Tally => ({ latencies: [], bytes: 0, failures: 0 });

export function resultOf({ latencies, bytes, failures }: Tally, seconds: number): LoadResult {
  const answers = latencies.length;
  return {
    answers,
    perSecond: answers / seconds,
    bytesPerSecond: bytes / seconds,
    p50Ms: quantileOf(latencies, 0.5),
    p99Ms: quantileOf(latencies, 0.99),
    failures,
  };
}
