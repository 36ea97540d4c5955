import { availableParallelism } from 'node:os';
import type { Measurement } from './compare.js';

export const CORES = availableParallelism();

/** What of the cores went where. */
export function sharesOf({
  subject,
  perSecond,
  cpuMicros,
  databaseCpuMicros,
  loadCpuMicros,
}: Measurement): string {
  const cores = [cpuMicros, databaseCpuMicros, loadCpuMicros].map((micros) => (micros * perSecond) / 1e6);
  const rest = cores.reduce((left, some) => left - some, CORES);
  const [server, database, load, other] = [...cores, rest].map((some) => some.toFixed(2));
  return `${subject}: of ${CORES} cores ${server} server, ${database} PostgreSQL, ${load} load, ${other} idle or others`;
}

/** By CPU time, what the cores would serve without the load: one process fills one core at most. */
export function capacities(
  name: string,
  single: Measurement,
  pair: Measurement,
  [ofOne, ofTwo]: readonly [string, string] = ['with 1 worker', 'with 2'],
): string {
  const perCore = ({ cpuMicros }: Measurement): number => 1e6 / cpuMicros;
  const onAll = ({ cpuMicros, databaseCpuMicros }: Measurement): number =>
    (CORES * 1e6) / (cpuMicros + databaseCpuMicros);
  const [alone, both] = [Math.min(perCore(single), onAll(single)), Math.min(2 * perCore(pair), onAll(pair))];
  return (
    `${name}, calculated for a load on another machine: ${alone.toFixed(0)} a second ${ofOne}, ` +
    `${both.toFixed(0)} ${ofTwo}: ${(both / alone).toFixed(2)} times`
  );
}
