import { WorkersFailed } from './cluster/workers-failed.js';
import { ConfigError } from '../config/load-config.js';
import { describeDatabaseError } from '../database/describe-database-error.js';
import { EmbeddedPostgresError } from '../database/embedded/embedded-postgres.js';
import { OtherDatabase } from '../database/look-at-sessions.js';
import { MigrationLockHeld } from '../database/migration-lock.js';
import { DownloadSecretDiffers } from '../secrets/secrets.exports.js';
import { MigrationRefused } from '../../migrations/support/migration-refused.js';

const EXPLAINED = [
  ConfigError,
  EmbeddedPostgresError,
  DownloadSecretDiffers,
  MigrationRefused,
  MigrationLockHeld,
  OtherDatabase,
  WorkersFailed,
];

type SystemError = NodeJS.ErrnoException & { address?: string; port?: number; hostname?: string };

/**
 * Why the server could not start: a sentence that says what to do, or all there is about an error that nobody foresaw.
 * @param databaseUrl that of the configuration, once it is known
 */
export function describeStartError(error: unknown, databaseUrl?: string | null): string {
  if (!(error instanceof Error)) return String(error);
  if (EXPLAINED.some((kind) => error instanceof kind)) return error.message;
  return (
    describeListenError(error, databaseUrl) ??
    describeDatabaseError(error, databaseUrl) ??
    `The server cannot start because of an error that it does not know. Please report it with these lines:\n${error.stack ?? error.message}`
  );
}

/** A worker's socket is bound by the primary, which says `bind`. */
function describeListenError(error: SystemError, databaseUrl?: string | null): string | null {
  const { syscall, code, address = '', port = 0, hostname = '' } = error;
  if (syscall === 'getaddrinfo' && !isHostOf(hostname, databaseUrl))
    return `HOST ${hostname} is not known to the name service. Set HOST to an address of this machine, or to 0.0.0.0 for all.`;
  if (syscall !== 'listen' && syscall !== 'bind') return null;
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is in use by another process. Stop that one, or set PORT to another port.`;
    case 'EACCES':
      return `Port ${port} needs more rights than this process has. Set PORT to one above 1023.`;
    case 'EADDRNOTAVAIL':
      return `HOST ${address} is not an address of this machine. Set HOST to one that is, or to 0.0.0.0 for all.`;
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return `HOST ${address} cannot be listened on (${code}): this machine may have no IPv6. Set HOST to 0.0.0.0.`;
    default:
      return `The server cannot listen on HOST ${address}, PORT ${port}: ${error.message}. Set HOST or PORT to another one.`;
  }
}

function isHostOf(hostname: string, databaseUrl: string | null | undefined): boolean {
  return (
    typeof databaseUrl === 'string' && URL.canParse(databaseUrl) && new URL(databaseUrl).hostname === hostname
  );
}
