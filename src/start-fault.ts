import { WorkersFailed } from './cluster/workers-failed.js';
import { ConfigError } from './config/load-config.js';
import { isDatabaseAway } from './database/database-away.js';
import { EmbeddedPostgresError } from './database/embedded/embedded-postgres.js';
import { MigrationRefused } from '../migrations/support/migration-refused.js';

/** Why the server could not start: a sentence where the reason is known and can be acted on, else all there is. */
export function startFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const explained = [ConfigError, EmbeddedPostgresError, MigrationRefused, WorkersFailed].some(
    (kind) => error instanceof kind,
  );
  if (explained) return error.message;

  const { code, syscall, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  // A worker's socket is bound by the primary, which says `bind`.
  if (syscall === 'listen' || syscall === 'bind' || syscall === 'getaddrinfo')
    return listenFault(code, address, port) ?? error.message;
  if (isDatabaseAway(error)) {
    return `The database of DATABASE_URL cannot be reached: ${error.message || (code ?? 'no answer')}. Is it running?`;
  }
  return error.stack ?? error.message;
}

function listenFault(code: string | undefined, address = '', port = 0): string | null {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is in use by another process. Stop that one, or set PORT to another port.`;
    case 'EACCES':
      return `Port ${port} needs more rights than this process has. Set PORT to one above 1023.`;
    case 'EADDRNOTAVAIL':
      return `HOST ${address} is not an address of this machine.`;
    default:
      return null;
  }
}
