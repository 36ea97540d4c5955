import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../src/server/read-config.js';
import { findDrift, migrateDown, migrateUp } from '../src/database/migrator.js';
import { openDatabase, type Database } from '../src/database/open-database.js';
import { distribute } from './distribute.js';

/** `npm run migration:run | migration:revert | migration:distribute | migration:check` exits with 1 and the reason if it fails. */
const COMMANDS: Readonly<Record<string, () => Promise<string>>> = {
  run: () =>
    withDatabase(async ({ url }) => {
      const applied = await migrateUp(url);
      return applied.length === 0 ? 'The schema is up to date.' : `Applied: ${applied.join(', ')}.`;
    }),

  revert: () =>
    withDatabase(async ({ url }) => {
      const reverted = await migrateDown(url);
      return reverted === null ? 'There is nothing to revert.' : `Reverted: ${reverted}.`;
    }),

  distribute: () =>
    withDatabase(async ({ url }) => {
      const applied = await migrateUp(url);
      const workers = await distribute(url);
      return `${applied.length === 0 ? '' : `Applied: ${applied.join(', ')}. `}Devices and their attempts are on ${workers} nodes.`;
    }),

  check: () =>
    withThrowawayDatabase(async ({ url }) => {
      await migrateUp(url);
      const drift = await findDrift(url);
      if (drift.length > 0) throw new Error(`Entities and migrations differ:\n${drift.join(';\n')};`);
      return 'Entities and migrations match.';
    }),
};

async function withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
  return use(await openDatabase(readConfig()), work);
}

async function withThrowawayDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), 'ota-migration-check-'));
  try {
    return await use(await openDatabase({ databaseUrl: null, dataDir }), work);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function use<T>(database: Database, work: (database: Database) => Promise<T>): Promise<T> {
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

try {
  const command = COMMANDS[process.argv[2] ?? ''];
  if (!command) throw new Error(`Usage: npm run migration:<${Object.keys(COMMANDS).join('|')}>`);
  process.stdout.write(`${await command()}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
