import { isDatabaseAway } from './database-away.js';

/** Where and as whom a server tried to reach its database. */
interface Target {
  readonly host: string;
  readonly user: string;
  readonly database: string;
}

interface Cause {
  readonly code: string | undefined;
  readonly message: string;
  readonly path: string | undefined;
}

const SQLSTATE = /^[0-9A-Z]{5}$/;
const UNTRUSTED_CERTIFICATE = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
];

/** By code: what is wrong and what to do about it. `message` is what PostgreSQL, OpenSSL or the system said. */
const SENTENCES: Readonly<Record<string, (target: Target, message: string) => string>> = {
  '28P01': ({ user }) =>
    `The database refuses the password of the user "${user}". Correct the user and the password in DATABASE_URL.`,
  '28000': ({ user }, message) =>
    `The database does not let the user "${user}" in: ${message}. ` +
    'Make the user, or allow it in pg_hba.conf, or correct DATABASE_URL.',
  '3D000': ({ host, user, database }) =>
    `There is no database "${database}" at ${host}. Make it (createdb --owner=${user} ${database}), ` +
    'or correct the name in DATABASE_URL.',
  '3F000': (_target, message) =>
    `The database lacks a schema that the server needs: ${message}. Make it, or correct the search_path of the user.`,
  '42501': ({ user, database }, message) =>
    `The user "${user}" lacks a right in the database "${database}": ${message}. Migrations make tables, so make the user ` +
    `the owner: ALTER DATABASE "${database}" OWNER TO "${user}".`,
  '25006': ({ host }) =>
    `The database at ${host} is read-only; it may be a standby. Set DATABASE_URL to the one that takes writes.`,
  '53100': (_target, message) =>
    `The database has no space left on its disk: ${message}. Make room there and start again.`,
  '53200': (_target, message) =>
    `The database has no memory left: ${message}. Give it more, or let it serve fewer connections.`,
  '53300': ({ host }) =>
    `The database at ${host} has no connection free. Raise its max_connections, or stop other clients.`,
  '57P03': ({ host }) =>
    `The database at ${host} is starting or stopping and takes no connections yet. Start again in a moment.`,
  CERT_HAS_EXPIRED: ({ host }) =>
    `The certificate of the database at ${host} has expired. Renew it, or check the clock of this machine.`,
  CERT_NOT_YET_VALID: ({ host }) =>
    `The certificate of the database at ${host} is not valid yet. Check the clocks of both machines.`,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host }, message) =>
    `The certificate of the database is for another name than ${host}: ${message}. ` +
    'Set the host in DATABASE_URL to a name in the certificate.',
  ENOTFOUND: ({ host }) =>
    `The host ${host} of DATABASE_URL is not known to the name service. Correct the name, or look whether the network is up.`,
  EAI_AGAIN: ({ host }) =>
    `The name service does not answer for the host ${host} of DATABASE_URL. Look whether the network is up.`,
};

/**
 * Says why the database cannot be used and what to do about it, without the password of its URL.
 * @returns null when the error is not one of the database's
 */
export function describeDatabaseError(error: unknown, url: string | null | undefined): string | null {
  const cause = causeOf(error);
  const target = targetOf(url);
  const { code, message } = cause;

  const sentence = code === undefined ? undefined : SENTENCES[code];
  if (sentence) return sentence(target, withoutFullStop(message));
  if (code !== undefined && UNTRUSTED_CERTIFICATE.includes(code)) {
    return (
      `The certificate of the database at ${target.host} is not trusted: ${withoutFullStop(message)}. ` +
      'Name the certificate of its authority in DATABASE_URL (?sslmode=verify-full&sslrootcert=/path/to/ca.pem) ' +
      'or in NODE_EXTRA_CA_CERTS.'
    );
  }
  if (message.includes('does not support SSL connections')) {
    return (
      `DATABASE_URL asks for TLS, which the database at ${target.host} does not offer. ` +
      'Turn TLS on there, or remove sslmode from DATABASE_URL.'
    );
  }
  if (message.startsWith('SASL: ') && message.includes('password must be')) {
    return `The database asks for a password, and DATABASE_URL has none. Write it as postgres://${target.user}:password@….`;
  }
  if (cause.path !== undefined && code !== undefined && namesFile(url, cause.path)) {
    return `The file ${cause.path} that DATABASE_URL names cannot be read (${code}). Correct its path or its rights.`;
  }
  if (isDatabaseAway(error)) {
    return `The database of DATABASE_URL cannot be reached: ${message || (code ?? 'no answer')}. Is it running?`;
  }
  if (code !== undefined && SQLSTATE.test(code)) {
    return (
      `The database refused what the start asked of it: ${withoutFullStop(message)} (SQLSTATE ${code}). Nothing was changed. ` +
      'If it holds the tables of another program, give this server a database of its own.'
    );
  }
  return null;
}

function causeOf(error: unknown): Cause {
  // TypeORM's QueryFailedError wraps that of `pg`; a host with several addresses gives one error for each.
  const cause = (error as { driverError?: unknown } | null | undefined)?.driverError ?? error;
  if (!(cause instanceof Error)) return { code: undefined, message: String(cause), path: undefined };
  const { code, path } = cause as NodeJS.ErrnoException;
  return { code, message: cause.message, path };
}

function targetOf(url: string | null | undefined): Target {
  if (url === null || url === undefined || !URL.canParse(url)) {
    return { host: 'the given address', user: 'the given user', database: 'the given name' };
  }
  const { host, username, pathname } = new URL(url);
  const user = decodeURIComponent(username) || 'postgres';
  return { host, user, database: decodeURIComponent(pathname.slice(1)) || user };
}

function namesFile(url: string | null | undefined, path: string): boolean {
  return (
    typeof url === 'string' && URL.canParse(url) && [...new URL(url).searchParams.values()].includes(path)
  );
}

const withoutFullStop = (text: string): string => text.trim().replace(/\.$/, '');
