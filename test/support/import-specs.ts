import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';

/** Runs all specs of a folder in the file that calls this: a run of its own would load Jest, and what it tests, for each. */
export async function importSpecs(
  folder: string,
  isMeant: (path: string) => boolean = () => true,
): Promise<void> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const path of paths.filter((name) => name.endsWith('.spec.ts') && isMeant(name)).sort()) {
    await import(resolve(folder, path));
  }
}
