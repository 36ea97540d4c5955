import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_CONNECTIONS, TROUBLES, type Trouble } from './faults/database.js';
import { endure } from './faults/troubles.js';
import { Mount, mountError } from './lib/mounts.js';
import { Postgres } from './lib/postgres.js';
import { notPossible, type Row, type Section } from './lib/report.js';
import { execFileSync } from 'node:child_process';

const DISK_MIB = 220;
const TABLESPACE_MIB = 24;
const FULL = 'full: no room for more rows';
const NO_LOG = 'full: no room for its write-ahead log either';

export const database: Section = {
  name: 'database',
  title: 'Trouble with the database',
  explanation:
    'While devices check and report, something happens to the database, lasts for some seconds and ends. All the time every ' +
    'check must be answered 200, every report 200 or 503 with Retry-After and never 500, and /health/ready must stay 200. ' +
    'Afterwards the server must be well again by itself, and every acknowledged report must be on record, once.',
  run: async (progress) => {
    const rows: Row[] = [];
    const add = (row: Row): void => {
      rows.push(row);
      progress(`${row.what}: ${row.note}`);
    };
    const postgres = await Postgres.start({ max_connections: String(MAX_CONNECTIONS) });
    try {
      for (const trouble of TROUBLES) add(await endure(trouble, postgres));
    } finally {
      await postgres.stop();
    }
    for (const [what, run] of [
      [FULL, withFullTablespace],
      [NO_LOG, withFullDisk],
    ] as const) {
      const why = mountError();
      add(why === null ? await run(what) : notPossible(`database ${what}`, why));
    }
    return rows;
  },
};

const fullOf = (mount: Mount, what: string): Trouble => ({
  what,
  isSeen: false,
  lastsMs: 8_000,
  begin: () => Promise.resolve(mount.fill()),
});

/** The tables have no room; the log has. */
async function withFullTablespace(what: string): Promise<Row> {
  const mount = Mount.tmpfs(TABLESPACE_MIB);
  const postgres = await Postgres.start();
  try {
    const folder = join(mount.path, 'tables');
    execFileSync('install', ['-d', '-m', '700', '-o', 'postgres', folder]);
    await postgres.query(`CREATE TABLESPACE small LOCATION '${folder}'`);
    return await endure(fullOf(mount, what), postgres, 'TABLESPACE small');
  } finally {
    await postgres.stop();
    mount.remove();
  }
}

/** PostgreSQL ends itself when it cannot write its log; its supervisor starts it again until there is room. */
async function withFullDisk(what: string): Promise<Row> {
  const mount = Mount.tmpfs(DISK_MIB);
  const settings = { min_wal_size: '32MB', max_wal_size: '48MB', wal_recycle: 'off', wal_init_zero: 'on' };
  const postgres = await Postgres.start(settings, join(mount.path, 'data'));
  try {
    const trouble = fullOf(mount, what);
    return await endure(
      {
        ...trouble,
        begin: async (target) => {
          const end = await trouble.begin(target);
          // The next segment of the log cannot be made.
          await postgres.query('SELECT pg_switch_wal()').catch(() => undefined);
          return end;
        },
      },
      postgres,
    );
  } finally {
    await postgres.stop();
    rmSync(join(mount.path, 'data'), { recursive: true, force: true });
    mount.remove();
  }
}
