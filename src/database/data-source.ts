import type { DataSourceOptions } from 'typeorm';
import { FirmwareOta } from '../../migrations/0004-firmware-ota.js';
import { WiderTypes } from '../../migrations/0005-wider-types.js';
import { Devices } from '../../migrations/0006-devices.js';
import { AdminUsers } from '../../migrations/0007-admin-users.js';
import { FirmwareChanged } from '../../migrations/0008-firmware-changed.js';
import { FirmwareDownloads } from '../../migrations/0009-firmware-downloads.js';
import { FirmwareImage } from '../../migrations/0010-firmware-image.js';
import { TlsTicketKeys } from '../../migrations/0011-tls-ticket-keys.js';
import { ListTotals } from '../../migrations/0012-list-totals.js';
import { UnparsableVersionsAndLoops } from '../../migrations/0013-unparsable-versions-and-loops.js';
import { AttemptTimes } from '../../migrations/0014-attempt-times.js';
import { TokenEpochAndPruned } from '../../migrations/0015-token-epoch-and-pruned.js';
import { AdminUserEntity } from '../auth/admin-user.entity.js';
import { DeviceEntity } from '../devices/device.entity.js';
import { FirmwareDownloadEntity } from '../download/firmware-download.entity.js';
import { FirmwareEntity } from '../firmware/firmware.entity.js';
import { OtaLogEntity } from '../logs/ota-log.entity.js';
import { TicketKeyEntity } from '../tls/ticket-key.entity.js';
import { GuardedClient } from './guarded-client.js';
import { SnakeNamingStrategy } from './snake-naming.strategy.js';

export type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

const MIGRATIONS = [
  FirmwareOta,
  WiderTypes,
  Devices,
  AdminUsers,
  FirmwareChanged,
  FirmwareDownloads,
  FirmwareImage,
  TlsTicketKeys,
  ListTotals,
  UnparsableVersionsAndLoops,
  AttemptTimes,
  TokenEpochAndPruned,
];
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

/**
 * The one definition of how the database is reached and what is in it, for the server, the migrations and the tests.
 * @param onPoolError hears of idle connections that break; without it a database that stops would end the process
 * @param workers processes that share the connections which a database with its default settings has
 */
export function dataSourceOptions(
  url: string,
  onPoolError: (error: Error) => void = () => undefined,
  workers = 1,
): PostgresOptions {
  return {
    type: 'postgres',
    url,
    entities: [
      FirmwareEntity,
      DeviceEntity,
      OtaLogEntity,
      AdminUserEntity,
      FirmwareDownloadEntity,
      TicketKeyEntity,
    ],
    migrations: MIGRATIONS,
    migrationsTableName: 'schema_migration',
    namingStrategy: new SnakeNamingStrategy(),
    parseInt8: true,
    poolSize: Math.max(MIN_POOL, Math.min(MAX_POOL, Math.floor(SHARED_CONNECTIONS / workers))),
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
