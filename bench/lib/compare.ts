import { applyLoad, type Load, type LoadResult } from './load.js';
import { medianOf } from './quantile.js';
import { cpuSeconds, memory } from './process-cost.js';
import type { Subject } from './subject.js';

/** Medians over the rounds. */
export interface Measurement {
  readonly subject: string;
  readonly perSecond: number;
  readonly mebibytesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of the server's process for one request, in microseconds. */
  readonly cpuMicros: number;
  readonly residentMebibytes: number;
}

export interface Rounds {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

export const USUAL: Rounds = { rounds: 3, seconds: 2, warmUpSeconds: 2 };
const MIB = 1024 * 1024;

/**
 * Puts the same load on one subject after the other, A B A B …, so that what else happens on the machine hits all of
 * them alike. @returns one measurement for each, in the order of the subjects
 */
export async function compare(
  subjects: readonly Subject[],
  load: Omit<Load, 'url' | 'seconds'>,
  { rounds, seconds, warmUpSeconds }: Rounds = USUAL,
): Promise<Measurement[]> {
  for (const { url } of subjects) await applyLoad({ ...load, url, seconds: warmUpSeconds });
  const runs = subjects.map(() => [] as (LoadResult & { cpuMicros: number })[]);
  for (let round = 0; round < rounds; round++) {
    for (const [index, { url, pids }] of subjects.entries()) {
      const before = cpuSeconds(pids);
      const result = await applyLoad({ ...load, url, seconds });
      const cpuMicros = ((cpuSeconds(pids) - before) / result.answers) * 1e6;
      runs[index]?.push({ ...result, cpuMicros });
    }
  }
  return subjects.map(({ name, pids }, index) => {
    const median = (pick: (run: LoadResult & { cpuMicros: number }) => number): number =>
      medianOf((runs[index] ?? []).map(pick));
    return {
      subject: name,
      perSecond: median((run) => run.perSecond),
      mebibytesPerSecond: median((run) => run.bytesPerSecond) / MIB,
      p50Ms: median((run) => run.p50Ms),
      p99Ms: median((run) => run.p99Ms),
      cpuMicros: median((run) => run.cpuMicros),
      residentMebibytes: memory(pids, 'VmRSS') / MIB,
    };
  });
}
