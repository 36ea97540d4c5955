import {
  closeSync,
  createWriteStream,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackupReport, RestoreReport } from '../../src/domain/upkeep-reports.js';
import { DiskStore } from '../../src/storage/disk-store.js';
import { backUp } from '../../src/upkeep/back-up.js';
import type { Installation } from '../../src/upkeep/installation.js';
import { restore, type OnStep } from '../../src/upkeep/restore.js';
import { createEmptyDatabase, type TestDatabase } from './test-database.js';

/** A place for a server that nothing was put in yet. */
export interface EmptyPlace extends Installation {
  readonly database: TestDatabase;
  readonly folder: string;
  readonly storeFolder: string;
}

export async function emptyPlace(): Promise<EmptyPlace> {
  const database = await createEmptyDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'ota-test-place-'));
  const storeFolder = join(folder, 'store');
  return {
    database,
    folder,
    storeFolder,
    databaseUrl: database.url,
    dataDir: join(folder, 'data'),
    store: new DiskStore(storeFolder),
  };
}

export const backUpTo = (path: string, from: Installation): Promise<BackupReport> =>
  backUp(from, createWriteStream(path, { flags: 'wx' }));

export async function restoreFrom(path: string, to: Installation, onStep?: OnStep): Promise<RestoreReport> {
  const file = openSync(path, 'r');
  try {
    return await restore(file, () => Promise.resolve(to), onStep);
  } finally {
    closeSync(file);
  }
}

/** Files by their paths; empty when there is no such folder. */
export function filesIn(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), readFileSync(path).toString('base64')];
    }),
  );
}

/**
 * What a table says, where its rows alone do not: counts are folded while a server runs, and counted anew in another
 * database, where events get other places; a running server notes by itself how it is, and how far it has read.
 */
const CONTENT: Readonly<Record<string, string>> = {
  attempt_count: `SELECT firmware_id, status, sum(change) FROM attempt_count GROUP BY 1, 2 HAVING sum(change) <> 0`,
  device_count: 'SELECT coalesce(sum(change), 0) AS sum FROM device_count',
  firmware_count: 'SELECT * FROM firmware_count WHERE firmware <> 0',
  event: `SELECT id, at, type, entity, data FROM event WHERE type NOT LIKE 'server.%'`,
  webhook_position: 'SELECT is_only FROM webhook_position',
};

/** Every row of every table, as text; the same for a database that is served as for its copy. */
export async function contentOf(database: TestDatabase): Promise<Record<string, string[]>> {
  const tables = await database.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
      WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
  );
  const content: Record<string, string[]> = {};
  for (const { name } of tables) {
    const rows = await database.query<{ row: string }>(
      `SELECT to_jsonb(t)::text AS row FROM (${CONTENT[name] ?? `TABLE ${name}`}) AS t ORDER BY 1`,
    );
    content[name] = rows.map(({ row }) => row);
  }
  return content;
}

/** Where the bytes of each part of a tar begin, and how many there are. */
export function partsOfTar(tar: Buffer): { name: string; start: number; size: number }[] {
  const parts: { name: string; start: number; size: number }[] = [];
  for (let at = 0; tar[at] !== 0;) {
    const size = parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    parts.push({ name: tar.toString('utf8', at, at + 100).replace(/\0.*/s, ''), start: at + 512, size });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return parts;
}
