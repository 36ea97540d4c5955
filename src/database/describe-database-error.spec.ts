import { describeDatabaseError } from './describe-database-error.js';

const URL = 'postgres://ota:a-secret@db.example.com:5432/fleet';
const fault = (code: string | undefined, message = 'what it said', more: object = {}): Error =>
  Object.assign(new Error(message), code === undefined ? more : { code, ...more });

describe('a database that cannot be used at the start', () => {
  it.each<[string, Error, RegExp]>([
    ['a wrong password', fault('28P01'), /refuses the password of the user "ota".*Correct/],
    ['a user who is not let in', fault('28000', 'no pg_hba.conf entry'), /"ota" in: no pg_hba.*pg_hba\.conf/],
    ['a wrong name', fault('3D000'), /no database "fleet" at db\.example\.com:5432\. Make it \(createdb/],
    [
      'a missing right',
      fault('42501', 'permission denied for schema public'),
      /"ota" lacks a right.*OWNER TO/,
    ],
    ['a standby', fault('25006'), /read-only.*Set DATABASE_URL/],
    ['a full disk', fault('53100'), /no space left.*Make room/],
    ['too many connections', fault('53300'), /no connection free.*max_connections/],
    ['one that is starting', fault('57P03'), /starting or stopping.*Start again/],
    ['an unknown authority', fault('SELF_SIGNED_CERT_IN_CHAIN'), /is not trusted.*sslrootcert/],
    ['a certificate of its own', fault('DEPTH_ZERO_SELF_SIGNED_CERT'), /is not trusted.*NODE_EXTRA_CA_CERTS/],
    ['a missing chain', fault('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), /is not trusted/],
    ['an expired certificate', fault('CERT_HAS_EXPIRED'), /has expired\. Renew/],
    [
      'a certificate for another name',
      fault('ERR_TLS_CERT_ALTNAME_INVALID'),
      /another name than db\.example/,
    ],
    [
      'no TLS',
      fault(undefined, 'The server does not support SSL connections'),
      /asks for TLS.*remove sslmode/,
    ],
    [
      'no password',
      fault(undefined, 'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'),
      /DATABASE_URL has none/,
    ],
    [
      'an unknown host',
      fault('ENOTFOUND', 'x', { syscall: 'getaddrinfo' }),
      /host db\.example\.com:5432 .*not known/,
    ],
    [
      'a closed port',
      fault('ECONNREFUSED'),
      /^The database of DATABASE_URL cannot be reached: .*Is it running\?/,
    ],
    ['silence', fault(undefined, 'timeout expired'), /cannot be reached/],
    [
      'tables of another program',
      fault('42P07', 'relation "x" exists'),
      /\(SQLSTATE 42P07\).*database of its own/,
    ],
    [
      'an error that TypeORM wraps',
      Object.assign(new Error(), { driverError: fault('42501') }),
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
