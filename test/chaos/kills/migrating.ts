import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, type MigrationInterface } from 'typeorm';
import { schemaDataSourceOptions } from '../../../src/database/data-source.js';
import { MIGRATIONS } from '../../../src/database/schema.js';
import { ORIGINAL_SYSTEM } from '../../support/original-system.js';
import { makeFolder, removeFolder, ServerProcess } from '../../support/server-process.js';
import { evidence } from '../lib/evidence.js';
import { connectTo, databaseOf, type Postgres } from '../lib/postgres.js';
import { momentsWithin, waitUntil } from '../lib/processes.js';
import { rowOf, type Row } from '../lib/report.js';
import { SECRETS } from '../lib/secrets.js';

const MOMENTS = 12;
const START_MOMENTS = 6;
/** Schemas of servers that were in the field: of the first migration, of some, and of the original system. */
const OLD_SCHEMAS = [1, 4, 'original'] as const;

/** A process that migrates is killed at many moments; afterwards the schema is the old or the new one, never between. */
export async function killMigrations(postgres: Postgres, progress: (line: string) => void): Promise<Row[]> {
  const faults: string[] = [];
  let completed = 0;
  const lasts = await durationOf(postgres);
  for (const [index, moment] of momentsWithin(lasts * 1.3, MOMENTS).entries()) {
    const from = OLD_SCHEMAS[index % OLD_SCHEMAS.length] ?? 1;
    const url = await oldDatabase(postgres, from);
    const before = await stateOf(url);
    const child = migrate(url);
    await connected(postgres, url);
    await waitUntil(performance.now() + moment);
    child.kill('SIGKILL');
    await ended(child);
    await disconnected(postgres, url);
    const after = await stateOf(url);
    const isNew = after.applied === MIGRATIONS.length;
    if (isNew) completed += 1;
    else if (JSON.stringify(after) !== JSON.stringify(before))
      faults.push(
        `killed after ${moment.toFixed(0)} ms: ${JSON.stringify(before)} became ${JSON.stringify(after)}`,
      );
    const code = await ended(migrate(url));
    const last = await stateOf(url);
    if (code !== 0 || last.applied !== MIGRATIONS.length || last.firmware !== before.firmware)
      faults.push(`the next migration ended with ${String(code)}: ${JSON.stringify(last)}`);
  }
  progress(`killed ${MOMENTS} migrations, ${faults.length} faults`);
  return [
    rowOf(
      'kill -9 of a process that migrates',
      MOMENTS,
      faults,
      `${completed} had finished, the others were undone`,
    ),
  ];
}

/** A server that starts for the first time is killed at many moments; the next start finds nothing in its way. */
export async function killStarts(postgres: Postgres, progress: (line: string) => void): Promise<Row[]> {
  const faults: string[] = [];
  const begun = performance.now();
  await startOnce(await postgres.createDatabase());
  const lasts = performance.now() - begun;
  for (const moment of momentsWithin(lasts, START_MOMENTS)) {
    const url = await postgres.createDatabase();
    const folder = makeFolder();
    const server = new ServerProcess(folder, { DATABASE_URL: url });
    await sleep(moment);
    await server.kill('SIGKILL');
    await removeFolder(folder);
    const fault = await startOnce(url);
    if (fault !== null) faults.push(`killed after ${moment.toFixed(0)} ms: ${fault}`);
  }
  progress(`killed ${START_MOMENTS} first starts, ${faults.length} faults`);
  return [rowOf('kill -9 during the first start of a server', START_MOMENTS, faults)];
}

/** @returns what is wrong with a server that starts on this database; null: nothing */
async function startOnce(url: string): Promise<string | null> {
  const folder = makeFolder();
  const server = new ServerProcess(folder, { DATABASE_URL: url, ADMIN_PASSWORD: SECRETS.adminPassword });
  evidence.add('log', () => server.output + server.errors);
  try {
    await server.ready();
    const database = await connectTo(url);
    const { rows } = await database.query<{ n: number }>('SELECT count(*)::int AS n FROM admin_user');
    await database.end();
    return rows[0]?.n === 1 ? null : `there are ${rows[0]?.n ?? 0} admins`;
  } catch (error) {
    return String(error);
  } finally {
    await server.kill('SIGTERM');
    await removeFolder(folder);
  }
}

async function oldDatabase(postgres: Postgres, from: (typeof OLD_SCHEMAS)[number]): Promise<string> {
  const url = await postgres.createDatabase();
  const client = await connectTo(url);
  if (from === 'original') await client.query(ORIGINAL_SYSTEM);
  else {
    await migrateTo(url, 1);
    await client.query(
      `INSERT INTO firmware (device_type, version, build_number, filename, file_size, file_hash, binary_path,
                             created_at, updated_at)
       SELECT 'sensor', '1.0.' || n, 1, n || '.bin', 1, repeat('0', 64), 'sensor/v1.0.' || n || '.bin', now(), now()
         FROM generate_series(1, 2000) n`,
    );
    await migrateTo(url, from);
  }
  await client.end();
  return url;
}

/** As a server of an older version would, which knows the first migrations only. */
async function migrateTo(url: string, count: number): Promise<void> {
  const migrations = MIGRATIONS.slice(0, count) as (new () => MigrationInterface)[];
  const dataSource = await new DataSource({ ...schemaDataSourceOptions(url), migrations }).initialize();
  await dataSource.runMigrations({ transaction: 'all' });
  await dataSource.destroy();
}

/** How far a schema is, and how much is in it. */
async function stateOf(url: string): Promise<{ applied: number; tables: string; firmware: number }> {
  const client = await connectTo(url);
  const { rows } = await client.query<{ tables: string; book: boolean; firmware: number }>(
    `SELECT (SELECT md5(string_agg(concat_ws(' ', table_name, column_name, data_type), ',' ORDER BY 1))
               FROM (SELECT table_name, column_name, data_type FROM information_schema.columns
                      WHERE table_schema = 'public' AND table_name <> 'schema_migration' ORDER BY 1, 2) c) AS tables,
            to_regclass('schema_migration') IS NOT NULL AS book,
            (SELECT count(*)::int FROM firmware) AS firmware`,
  );
  const [row = { tables: '', book: false, firmware: 0 }] = rows;
  const applied = row.book
    ? (await client.query<{ n: number }>('SELECT count(*)::int AS n FROM schema_migration')).rows[0]?.n
    : 0;
  await client.end();
  return { applied: applied ?? 0, tables: row.tables, firmware: row.firmware };
}

const migrate = (url: string) =>
  spawn(process.execPath, ['dist/tools/migration.js', 'run'], {
    env: { PATH: process.env['PATH'], DATABASE_URL: url },
    stdio: 'ignore',
  });

const ended = async (child: ReturnType<typeof migrate>): Promise<number | null> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
};

async function sessions(postgres: Postgres, url: string): Promise<number> {
  const [row] = await postgres.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = $1',
    [databaseOf(url)],
  );
  return row?.n ?? 0;
}

async function connected(postgres: Postgres, url: string): Promise<void> {
  while ((await sessions(postgres, url)) === 0) await sleep(2);
}

async function disconnected(postgres: Postgres, url: string): Promise<void> {
  while ((await sessions(postgres, url)) > 0) await sleep(10);
}

/** Milliseconds from the first connection of a migration to its end. */
async function durationOf(postgres: Postgres): Promise<number> {
  const url = await oldDatabase(postgres, 1);
  const child = migrate(url);
  await connected(postgres, url);
  const begun = performance.now();
  await ended(child);
  return performance.now() - begun;
}
