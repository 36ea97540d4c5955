import type { Fleet } from '../../support/fleet.js';
import { startWay } from '../../support/way.js';
import { connectTo, databaseOf, type Postgres } from '../lib/postgres.js';

/** Something that happens to the database of a server that serves. */
export interface Trouble {
  readonly what: string;
  /** Whether the monitors must hear of it. */
  readonly isSeen: boolean;
  /** Whether reports go on being acknowledged: they are slower, or those of one device wait. */
  readonly letsReportsPass?: boolean;
  /** How long it lasts; 6 s unless given. */
  readonly lastsMs?: number;
  /** Between the server and its database, for what is done to their connection. */
  readonly reach?: (databaseUrl: string) => Promise<Reach>;
  /** @returns ends it */
  begin(target: Target): Promise<() => unknown>;
}

export interface Reach {
  readonly url: string;
  delay(milliseconds: number): void;
  close(): Promise<void>;
}

export interface Target {
  readonly postgres: Postgres;
  readonly databaseUrl: string;
  readonly reach: Reach | undefined;
  readonly fleet: Fleet;
}

const SLOW_MS = 150;
/** Of the settings of the PostgreSQL that is used for these. */
export const MAX_CONNECTIONS = 40;

const signal = (pids: readonly number[], name: NodeJS.Signals): void => {
  for (const pid of pids) process.kill(pid, name);
};

/** What an administrator may do to the sessions of a database. @returns how many there were */
async function endSessions(postgres: Postgres, url: string, but: readonly number[] = []): Promise<number> {
  const ended = await postgres.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> ALL($2)',
    [databaseOf(url), but],
  );
  return ended.length;
}

export const TROUBLES: readonly Trouble[] = [
  {
    what: 'stopped (SIGSTOP to all its processes)',
    isSeen: true,
    lastsMs: 14_000,
    begin: ({ postgres }) => {
      const pids = postgres.pids();
      signal(pids, 'SIGSTOP');
      return Promise.resolve(() => {
        signal(pids, 'SIGCONT');
      });
    },
  },
  {
    what: 'killed (SIGKILL to the postmaster)',
    isSeen: false,
    begin: ({ postgres }) => {
      signal(postgres.pids().slice(0, 1), 'SIGKILL');
      return Promise.resolve(() => undefined);
    },
  },
  {
    what: `slow (${SLOW_MS} ms for each message in each direction)`,
    isSeen: false,
    letsReportsPass: true,
    reach: startWay,
    begin: ({ reach }) => {
      reach?.delay(SLOW_MS);
      return Promise.resolve(() => reach?.delay(0));
    },
  },
  {
    what: 'out of connections (another client takes all that become free)',
    isSeen: true,
    begin: async ({ postgres, databaseUrl }) => {
      const taken: Awaited<ReturnType<typeof connectTo>>[] = [];
      const pids: number[] = [];
      const take = async (): Promise<void> => {
        const client = await connectTo(databaseUrl);
        taken.push(client);
        pids.push(
          ...(await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows.map(
            ({ pid }) => pid,
          ),
        );
      };
      const takeAll = async (): Promise<void> => {
        const results = await Promise.allSettled(Array.from({ length: MAX_CONNECTIONS }, take));
        if (results.some(({ status }) => status === 'fulfilled')) await takeAll();
      };
      await takeAll();
      // The server may be faster than we are to take what became free.
      while ((await endSessions(postgres, databaseUrl, pids)) > 0) await takeAll();
      return () => Promise.all(taken.map((client) => client.end()));
    },
  },
  {
    what: 'read-only (default_transaction_read_only)',
    isSeen: false,
    begin: async ({ postgres, databaseUrl }) => {
      const set = (to: string): Promise<unknown> =>
        postgres.query(`ALTER DATABASE ${databaseOf(databaseUrl)} SET default_transaction_read_only = ${to}`);
      await set('on');
      await endSessions(postgres, databaseUrl);
      return async () => {
        await set('off');
        await endSessions(postgres, databaseUrl);
      };
    },
  },
  {
    what: 'all sessions ended, again and again',
    isSeen: false,
    begin: ({ postgres, databaseUrl }) => {
      const again = setInterval(() => void endSessions(postgres, databaseUrl).catch(() => undefined), 300);
      return Promise.resolve(() => {
        clearInterval(again);
      });
    },
  },
  {
    what: "a device's row locked by somebody's open transaction",
    isSeen: false,
    letsReportsPass: true,
    begin: async ({ databaseUrl, fleet }) => {
      const client = await connectTo(databaseUrl);
      await client.query('BEGIN');
      await client.query('SELECT 1 FROM device ORDER BY last_seen_at DESC LIMIT $1 FOR UPDATE', [4]);
      await fleet.reported(200);
      return () => client.end();
    },
  },
  {
    what: 'the table of attempts locked',
    isSeen: false,
    begin: async ({ databaseUrl }) => {
      const client = await connectTo(databaseUrl);
      await client.query('BEGIN; LOCK TABLE device_ota_log IN ACCESS EXCLUSIVE MODE');
      return () => client.end();
    },
  },
];
