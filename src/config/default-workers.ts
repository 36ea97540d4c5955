/** More than these a fleet seldom needs, and each brings its own connections to the database. */
const MOST = 16;
/** With fewer cores the embedded database takes the other one. */
const SMALL_MACHINE_CORES = 2;

/** Processes that serve when WORKERS does not say: one for each core. */
export function defaultWorkers(cores: number, hasEmbeddedDatabase: boolean): number {
  if (hasEmbeddedDatabase && cores <= SMALL_MACHINE_CORES) return 1;
  return Math.min(cores, MOST);
}
