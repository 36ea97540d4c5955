import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { MigrationInterface } from 'typeorm';

type Class<T> = new () => T;

/*
 * What the database holds, found by the names of files, so that a feature brings its entities and its migration along and
 * nothing else has to name them. Read once, when the process starts.
 */

/** Every class of a `*.entity.ts` in src/. */
export const ENTITIES = await classesIn<object>(new URL('../', import.meta.url), /\.entity\.[jt]s$/);

/** Every class of a file in migrations/ whose name begins with its number, in that order. */
export const MIGRATIONS = await classesIn<MigrationInterface>(
  new URL('../../migrations/', import.meta.url),
  /^\d{4}-[^/]+\.[jt]s$/,
);

async function classesIn<T>(folder: URL, name: RegExp): Promise<Class<T>[]> {
  const root = fileURLToPath(folder);
  const files = await readdir(root, { recursive: true });
  const paths = files.filter((file) => name.test(file) && !file.endsWith('.d.ts')).sort();
  const modules = await Promise.all(
    paths.map(
      async (path) => (await import(pathToFileURL(join(root, path)).href)) as Record<string, unknown>,
    ),
  );
  return modules.flatMap((module) =>
    Object.values(module).filter((one): one is Class<T> => typeof one === 'function'),
  );
}
