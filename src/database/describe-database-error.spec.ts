import { describeDatabaseError } from './describe-database-error.js';

const URL = 'postgres://ota:a-secret@db.example.com:5432/fleet';
const databaseError = (code: string | undefined, message = 'what it said', more: object = {}): Error =>
  Object.assign(new Error(message), code === undefined ? more : { code, ...more });

describe('a database that cannot be used at the start', () => {
  it.each<[string, Error, RegExp]>([
    ['a wrong password', databaseError('28P01'), /refuses the password of the user "ota".*Correct/],
    [
      'a user who is not let in',
      databaseError('28000', 'no pg_hba.conf entry'),
      /"ota" in: no pg_hba.*pg_hba\.conf/,
    ],
    [
      'a wrong name',
      databaseError('3D000'),
      /no database "fleet" at db\.example\.com:5432\. Make it \(createdb/,
    ],
    [
      'a missing right',
      databaseError('42501', 'permission denied for schema public'),
      /"ota" lacks a right.*OWNER TO/,
    ],
    ['a standby', databaseError('25006'), /read-only.*Set DATABASE_URL/],
    ['a full disk', databaseError('53100'), /no space left.*Make room/],
    ['too many connections', databaseError('53300'), /no connection free.*max_connections/],
    ['one that is starting', databaseError('57P03'), /starting or stopping.*Start again/],
    ['an unknown authority', databaseError('SELF_SIGNED_CERT_IN_CHAIN'), /is not trusted.*sslrootcert/],
    [
      'a certificate of its own',
      databaseError('DEPTH_ZERO_SELF_SIGNED_CERT'),
      /is not trusted.*NODE_EXTRA_CA_CERTS/,
    ],
    ['a missing chain', databaseError('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), /is not trusted/],
    ['an expired certificate', databaseError('CERT_HAS_EXPIRED'), /has expired\. Renew/],
    [
      'a certificate for another name',
      databaseError('ERR_TLS_CERT_ALTNAME_INVALID'),
      /another name than db\.example/,
    ],
    [
      'no TLS',
      databaseError(undefined, 'The server does not support SSL connections'),
      /asks for TLS.*remove sslmode/,
    ],
    [
      'no password',
      databaseError(undefined, 'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'),
      /DATABASE_URL has none/,
    ],
    [
      'an unknown host',
      databaseError('ENOTFOUND', 'x', { syscall: 'getaddrinfo' }),
      /host db\.example\.com:5432 .*not known/,
    ],
    [
      'a closed port',
      databaseError('ECONNREFUSED'),
      /^The database of DATABASE_URL cannot be reached: .*Is it running\?/,
    ],
    ['silence', databaseError(undefined, 'timeout expired'), /cannot be reached/],
    [
      'tables of another program',
      databaseError('42P07', 'relation "x" exists'),
      /\(SQLSTATE 42P07\).*database of its own/,
    ],
    [
      'an error that TypeORM wraps',
      Object.assign(new Error(), { driverError: databaseError('42501') }),
      /lacks a right/,
    ],
  ])('%s: says what is wrong and what to do', (_what, error, sentence) => {
    const text = describeDatabaseError(error, URL);
    expect(text).toMatch(sentence);
    expect(text).not.toContain('a-secret');
    expect(text).not.toMatch(/\n\s+at /);
  });

  it('leaves other errors to others', () => {
    expect(describeDatabaseError(new TypeError('x is not a function'), URL)).toBeNull();
    expect(describeDatabaseError('a text', null)).toBeNull();
  });
});
