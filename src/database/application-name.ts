import { hostname } from 'node:os';

/** PostgreSQL cuts longer ones. */
const MAX_BYTES = 63;

/**
 * What pg_stat_activity shows of a connection, so that an administrator of the database sees which server it belongs to,
 * and of several on one machine, which process. A name in the URL of the database takes precedence.
 * @param use what the connection is for, where it is not for requests
 */
export const applicationName = (use = ''): string =>
  ['ota-server', use, `${hostname()}:${process.pid}`]
    .filter((part) => part !== '')
    .join(' ')
    .slice(0, MAX_BYTES);
