import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Hook {
  readonly default: () => Promise<void>;
}

/** Runs work with the PostgreSQL and the template that the specs have from Jest's global set-up. */
export async function withTestPostgres<T>(work: () => Promise<T>): Promise<T> {
  await (await hook('global-setup')).default();
  try {
    return await work();
  } finally {
    await (await hook('global-teardown')).default();
  }
}

/** They are no TypeScript, and so not in the build. */
const hook = async (name: string): Promise<Hook> =>
  (await import(pathToFileURL(resolve(`test/support/${name}.mjs`)).href)) as Hook;
