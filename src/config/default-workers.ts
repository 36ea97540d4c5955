/** A fleet seldom needs more, and each worker opens its own database connections. */
const MOST = 16;
/** With at most this many cores, one is left to the embedded database. */
const SMALL_MACHINE_CORES = 2;

/** The number of workers if WORKERS is unset: one per core. */
export function defaultWorkers(cores: number, hasEmbeddedDatabase: boolean): number {
  if (hasEmbeddedDatabase && cores <= SMALL_MACHINE_CORES) return 1;
  return Math.min(cores, MOST);
}
