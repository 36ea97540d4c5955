import { Logger } from '@nestjs/common';
import type { AppConfig } from '../config/app-config.js';
import { applicationName } from './application-name.js';
import { newPgClient } from './pg-client.js';

/** DATABASE_DIRECT_URL leads elsewhere than DATABASE_URL: the schema of one would be migrated, and the other used. */
export class OtherDatabase extends Error {
  override readonly name = 'OtherDatabase';

  constructor() {
    super(
      'DATABASE_DIRECT_URL leads to another database than DATABASE_URL. ' +
        'It must be the same database, without the pooler in between.',
    );
  }
}

interface Place {
  /** Of PostgreSQL's process that serves the connection. */
  readonly pid: number;
  /** Tells databases apart, also those of one name on two servers. */
  readonly database: string;
}

const CONNECT_PATIENCE_MS = 10_000;
const QUERY_PATIENCE_MS = 10_000;
const ROUNDS = 3;

/**
 * Looks at the start whether connections to the database are sessions of their own. Behind a pooler in transaction mode
 * notifications are lost, and so are the locks by which one of all servers does what needs only one.
 * @param url of the database in use
 * @throws OtherDatabase; the database's trouble
 */
export async function lookAtSessions(
  { databaseUrl, databaseDirectUrl }: Pick<AppConfig, 'databaseUrl' | 'databaseDirectUrl'>,
  url: string,
): Promise<void> {
  // Nobody puts a pooler in front of the embedded one.
  if (databaseUrl === null) return;
  const direct = await placesOf(databaseDirectUrl ?? url);
  if (databaseDirectUrl !== null && (await placeAt(url)).database !== direct[0]?.database)
    throw new OtherDatabase();
  if (!areShared(direct)) return;
  new Logger('Database').warn(
    `${databaseDirectUrl === null ? 'DATABASE_URL' : 'DATABASE_DIRECT_URL'} leads through a connection pooler in ` +
      'transaction mode. Changes are noticed after seconds instead of at once, and nobody does what only one server may do: ' +
      'moving rollouts on, deleting old events and attempts. Set DATABASE_DIRECT_URL to the same database without the pooler.',
  );
}

/** @returns where two connections, which stand at the same time, lead to again and again: one after the other */
async function placesOf(url: string): Promise<Place[]> {
  const clients = [clientOf(url), clientOf(url)];
  try {
    for (const client of clients) await client.connect();
    const places: Place[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      for (const client of clients) places.push(await placeOf(client));
    }
    return places;
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  }
}

/** A session keeps its process of PostgreSQL and shares it with no other. */
function areShared(places: readonly Place[]): boolean {
  const pidsOf = (turn: number): Set<number> =>
    new Set(places.filter((_place, index) => index % 2 === turn).map(({ pid }) => pid));
  const [first, second] = [pidsOf(0), pidsOf(1)];
  return first.size > 1 || second.size > 1 || [...first].some((pid) => second.has(pid));
}

async function placeAt(url: string): Promise<Place> {
  const client = clientOf(url);
  try {
    await client.connect();
    return await placeOf(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const clientOf = (url: string): ReturnType<typeof newPgClient> =>
  newPgClient({
    application_name: applicationName('start'),
    connectionString: url,
    connectionTimeoutMillis: CONNECT_PATIENCE_MS,
    query_timeout: QUERY_PATIENCE_MS,
  });

async function placeOf(client: ReturnType<typeof newPgClient>): Promise<Place> {
  const { rows } = await client.query<Place>(
    `SELECT pg_backend_pid() AS pid, concat_ws(' ', oid, datname, pg_postmaster_start_time()) AS database
       FROM pg_database WHERE datname = current_database()`,
  );
  if (!rows[0]) throw new Error('PostgreSQL does not say which database this is.');
  return rows[0];
}
