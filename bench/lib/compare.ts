import { applyLoad, type AppliedLoad, type Load } from './load.js';
import { medianOf } from './quantile.js';
import { cpuSeconds, familyCpuSeconds, memory } from './process-cost.js';
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
  /** Of each round. */
  readonly cpuMicrosByRound: readonly number[];
  /** The same of its PostgreSQL; 0 when it has none. */
  readonly databaseCpuMicros: number;
  /** The same of the load. */
  readonly loadCpuMicros: number;
  readonly residentMebibytes: number;
}

export interface Rounds {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

export const USUAL: Rounds = { rounds: 3, seconds: 2, warmUpSeconds: 2 };
type Run = AppliedLoad & Pick<Measurement, 'cpuMicros' | 'databaseCpuMicros' | 'loadCpuMicros'>;
const MIB = 1024 * 1024;

/**
 * The same load for each subject; with what `requests` says for each round, the first of which warms up, and for each
 * subject.
 */
export type RoundLoad = Omit<Load, 'url' | 'otherUrls' | 'seconds' | 'requests'> & {
  readonly requests: Load['requests'] | ((round: number, subject: number) => Load['requests']);
};

/**
 * Puts the same load on one subject after the other, A B B A …, so that what else happens on the machine hits all of
 * them alike. @returns one measurement for each, in the order of the subjects
 */
export async function compare(
  subjects: readonly Subject[],
  load: RoundLoad,
  { rounds, seconds, warmUpSeconds }: Rounds = USUAL,
): Promise<Measurement[]> {
  const requestsOf = (round: number, subject: number): Load['requests'] =>
    typeof load.requests === 'function' ? load.requests(round, subject) : load.requests;
  for (const [index, { url, otherUrls }] of subjects.entries())
    await applyLoad({ ...load, requests: requestsOf(0, index), url, otherUrls, seconds: warmUpSeconds });
  const runs = subjects.map((): Run[] => []);
  for (let round = 1; round <= rounds; round++) {
    const inOrder = [...subjects.entries()];
    for (const [index, subject] of round % 2 === 0 ? inOrder.reverse() : inOrder) {
      const requests = requestsOf(round, index);
      const { url, otherUrls } = subject;
      runs[index]?.push(await measure(subject, { ...load, requests, url, otherUrls, seconds }));
    }
  }
  return subjects.map(({ name, pids }, index) => {
    const median = (pick: (run: Run) => number): number => medianOf((runs[index] ?? []).map(pick));
    return {
      subject: name,
      perSecond: median((run) => run.perSecond),
      mebibytesPerSecond: median((run) => run.bytesPerSecond) / MIB,
      p50Ms: median((run) => run.p50Ms),
      p99Ms: median((run) => run.p99Ms),
      cpuMicros: median((run) => run.cpuMicros),
      cpuMicrosByRound: (runs[index] ?? []).map((run) => run.cpuMicros),
      databaseCpuMicros: median((run) => run.databaseCpuMicros),
      loadCpuMicros: median((run) => run.loadCpuMicros),
      residentMebibytes: memory(pids, 'VmRSS') / MIB,
    };
  });
}

async function measure({ pids, postmasterPids = [] }: Subject, load: Load): Promise<Run> {
  const database = (): number => postmasterPids.reduce((sum, pid) => sum + familyCpuSeconds(pid), 0);
  const [before, databaseBefore] = [cpuSeconds(pids), database()];
  const result = await applyLoad(load);
  const perAnswer = (seconds: number): number => (seconds / result.answers) * 1e6;
  return {
    ...result,
    cpuMicros: perAnswer(cpuSeconds(pids) - before),
    databaseCpuMicros: perAnswer(database() - databaseBefore),
    loadCpuMicros: perAnswer(result.cpuSeconds),
  };
}
