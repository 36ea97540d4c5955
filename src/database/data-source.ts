import pg from 'pg';
import type { DataSourceOptions } from 'typeorm';
import { applicationName } from './application-name.js';
import { GuardedClient } from './guarded-client.js';
import { PatientPool } from './patient-pool.js';
import { ENTITIES, MIGRATIONS } from './schema.js';
import { SnakeNamingStrategy } from './snake-naming.strategy.js';

export type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

const MAX_POOL = 10;
const MIN_POOL = 3;
const SHARED_CONNECTIONS = 40;
const CONNECT_TIMEOUT_MS = 3_000;
/**
 * PostgreSQL ends what takes too long by itself, and with it the locks that it holds: a client that gives up, or that is
 * cut off, does not. In milliseconds.
 */
const SESSION_LIMITS = {
  statement_timeout: 25_000,
  lock_timeout: 5_000,
  idle_in_transaction_session_timeout: 30_000,
};
/** For a server that answers nothing any more; longer than its own limits. */
const QUERY_TIMEOUT_MS = 30_000;

export interface ConnectionOptions {
  /** Hears of idle connections that break; without it a database that stops would end the process. */
  readonly onPoolError?: (error: Error) => void;
  /** Processes of this server, which share the connections that a database with its default settings has. */
  readonly workers?: number;
  /** Connections of this process, at most; null: its share of them. */
  readonly poolSize?: number | null;
}

/** The one definition of how the database is reached and what is in it, for the server, the migrations and the tests. */
export function dataSourceOptions(
  url: string,
  { onPoolError = () => undefined, workers = 1, poolSize = null }: ConnectionOptions = {},
): PostgresOptions {
  return {
    type: 'postgres',
    url,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    migrationsTableName: 'schema_migration',
    namingStrategy: new SnakeNamingStrategy(),
    parseInt8: true,
    driver: { ...pg, Pool: PatientPool },
    applicationName: applicationName(),
    poolSize: poolSize ?? Math.max(MIN_POOL, Math.min(MAX_POOL, Math.floor(SHARED_CONNECTIONS / workers))),
    poolErrorHandler: onPoolError,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    extra: { Client: GuardedClient, keepAlive: true, query_timeout: QUERY_TIMEOUT_MS, ...SESSION_LIMITS },
  };
}

/** As above, for a connection pooler that refuses settings in the startup packet. */
export function withoutSessionLimits(options: PostgresOptions): PostgresOptions {
  const limits = new Set(Object.keys(SESSION_LIMITS));
  const extra = Object.entries((options.extra ?? {}) as Record<string, unknown>);
  return { ...options, extra: Object.fromEntries(extra.filter(([name]) => !limits.has(name))) };
}

/**
 * As above, for work on the schema, which may take as long as it takes. A migration that fails is for the caller to
 * report: only the `debug` logger does not print it as well.
 */
export function schemaDataSourceOptions(url: string): PostgresOptions {
  return { ...dataSourceOptions(url), extra: {}, logger: 'debug' };
}
