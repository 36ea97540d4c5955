import { keyDigestOfFile } from '../domain/esp-image/signing-key.js';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { DEFAULT_LIMITS, type AppConfig } from './app-config.js';
import { defaultWorkers } from './default-workers.js';
import { readEnvironment, type Environment } from './environment.js';

const CERT = 'test/fixtures/tls/localhost.crt';
const KEY = 'test/fixtures/tls/localhost.key';

const DEFAULTS: AppConfig = {
  host: '0.0.0.0',
  port: 8000,
  workers: defaultWorkers(availableParallelism(), true),
  databaseUrl: null,
  databaseDirectUrl: null,
  databasePoolSize: null,
  notifySocket: null,
  console: { folder: resolve('dist/web') },
  dataDir: resolve('data'),
  firmwareStore: resolve('firmware-store'),
  bucketAccess: { endpoint: null, region: null, pathStyle: false, credentials: null },
  admin: { username: 'admin', password: null },
  jwt: { secret: null, previousSecret: null, earlierSecret: null, ttlSeconds: 43_200 },
  download: { secret: null, previousSecret: null, ttlSeconds: 600, baseUrl: null },
  devices: { auth: 'open', tokenSecret: null },
  requireHttps: false,
  shutdown: { delaySeconds: 0, patienceSeconds: 10 },
  tls: null,
  trustProxy: [],
  deviceLane: true,
  groupCommit: true,
  imageCacheBytes: 268_435_456,
  maxUploadBytes: 67_108_864,
  requireEspImage: true,
  trustedSigningKeys: new Set(),
  logRetentionDays: 0,
  eventRetentionHours: 24,
  maxCatalogAgeSeconds: 30,
  webhookAllowPrivate: false,
  docs: true,
  metrics: { enabled: true, token: null },
  logLevel: 'info',
  rateLimits: { device: 60, admin: 600, newDevices: 1_000 },
  limits: DEFAULT_LIMITS,
};

const NAMES = [
  'HOST',
  'PORT',
  'WORKERS',
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'DATABASE_POOL_SIZE',
  'SHUTDOWN_DELAY_SECONDS',
  'SHUTDOWN_PATIENCE_SECONDS',
  'DATA_DIR',
  'FIRMWARE_STORE',
  'S3_ENDPOINT',
  'S3_PATH_STYLE',
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_S3',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'DOWNLOAD_BASE_URL',
  'ADMIN_USERNAME',
  'ADMIN_PASSWORD',
  'JWT_SECRET',
  'JWT_SECRET_PREVIOUS',
  'JWT_TTL_SECONDS',
  'OTA_DOWNLOAD_SECRET',
  'OTA_DOWNLOAD_SECRET_PREVIOUS',
  'OTA_DOWNLOAD_TTL_SECONDS',
  'DEVICE_AUTH',
  'DEVICE_TOKEN_SECRET',
  'TLS_CLIENT_CA_FILE',
  'REQUIRE_HTTPS',
  'TLS_CERT_FILE',
  'TLS_KEY_FILE',
  'TRUST_PROXY',
  'REQUIRE_ESP_IMAGE',
  'TRUSTED_SIGNING_KEYS',
  'MAX_UPLOAD_BYTES',
  'LOG_RETENTION_DAYS',
  'EVENT_RETENTION_HOURS',
  'MAX_CATALOG_AGE_SECONDS',
  'WEBHOOK_ALLOW_PRIVATE',
  'METRICS',
  'METRICS_TOKEN',
  'LOG_LEVEL',
  'RATE_LIMIT_DEVICE_PER_MINUTE',
  'RATE_LIMIT_ADMIN_PER_MINUTE',
  'NEW_DEVICES_PER_MINUTE',
] as const;

function read(env: Environment): { config: AppConfig; errors: string[] } {
  const errors: string[] = [];
  return { config: readEnvironment(env, errors), errors };
}

const file = (path: string): Buffer => readFileSync(path);

describe('the environment', () => {
  it('has a default for everything', () => {
    expect(read({})).toEqual({ config: DEFAULTS, errors: [] });
  });

  it.each(['', '  ', undefined])('takes %j for unset, whatever the variable', (value) => {
    const env = Object.fromEntries(NAMES.map((name) => [name, value]));
    expect(read(env)).toEqual({ config: DEFAULTS, errors: [] });
  });

  it.each<[Environment, Partial<AppConfig>]>([
    [{ HOST: '::1' }, { host: '::1' }],
    [{ HOST: ' localhost ' }, { host: 'localhost' }],
    [{ PORT: '0' }, { port: 0 }],
    [{ PORT: '65535' }, { port: 65535 }],
    [{ WORKERS: '1' }, { workers: 1 }],
    [{ WORKERS: '64' }, { workers: 64 }],
    [
      { DATABASE_URL: 'postgres://u:p@db:5432/ota' },
      {
        databaseUrl: 'postgres://u:p@db:5432/ota',
        workers: defaultWorkers(availableParallelism(), false),
      },
    ],
    [
      { DATABASE_URL: 'postgresql://db/ota', WORKERS: '3' },
      { databaseUrl: 'postgresql://db/ota', workers: 3 },
    ],
    [{ DATABASE_POOL_SIZE: '3' }, { databasePoolSize: 3 }],
    [{ DATABASE_POOL_SIZE: '1000' }, { databasePoolSize: 1_000 }],
    [{ SHUTDOWN_DELAY_SECONDS: '15' }, { shutdown: { delaySeconds: 15, patienceSeconds: 10 } }],
    [{ SHUTDOWN_PATIENCE_SECONDS: '60' }, { shutdown: { delaySeconds: 0, patienceSeconds: 60 } }],
    [{ DATA_DIR: '/var/lib/ota' }, { dataDir: '/var/lib/ota' }],
    [{ DATA_DIR: 'some/where' }, { dataDir: resolve('some/where') }],
    [{ FIRMWARE_STORE: '/srv/firmware' }, { firmwareStore: '/srv/firmware' }],
    [{ FIRMWARE_STORE: './firmware' }, { firmwareStore: resolve('firmware') }],
    [{ ADMIN_USERNAME: 'root' }, { admin: { username: 'root', password: null } }],
    [{ ADMIN_PASSWORD: 'pass word' }, { admin: { username: 'admin', password: 'pass word' } }],
    [{ JWT_SECRET: 's' }, { jwt: { ...DEFAULTS.jwt, secret: 's' } }],
    [
      { JWT_SECRET: 's', JWT_SECRET_PREVIOUS: 'r' },
      { jwt: { ...DEFAULTS.jwt, secret: 's', previousSecret: 'r' } },
    ],
    [{ JWT_TTL_SECONDS: '1' }, { jwt: { ...DEFAULTS.jwt, ttlSeconds: 1 } }],
    [{ JWT_TTL_SECONDS: '31536000' }, { jwt: { ...DEFAULTS.jwt, ttlSeconds: 31_536_000 } }],
    [{ LOG_RETENTION_DAYS: '90' }, { logRetentionDays: 90 }],
    [{ MAX_CATALOG_AGE_SECONDS: '5' }, { maxCatalogAgeSeconds: 5 }],
    [{ EVENT_RETENTION_HOURS: '1' }, { eventRetentionHours: 1 }],
    [{ WEBHOOK_ALLOW_PRIVATE: 'true' }, { webhookAllowPrivate: true }],
    [{ OTA_DOWNLOAD_SECRET: 's' }, { download: { ...DEFAULTS.download, secret: 's' } }],
    [
      { OTA_DOWNLOAD_SECRET: 's', OTA_DOWNLOAD_SECRET_PREVIOUS: 'r' },
      { download: { ...DEFAULTS.download, secret: 's', previousSecret: 'r' } },
    ],
    [{ OTA_DOWNLOAD_TTL_SECONDS: '1' }, { download: { ...DEFAULTS.download, ttlSeconds: 1 } }],
    [
      { OTA_DOWNLOAD_TTL_SECONDS: '31536000' },
      { download: { ...DEFAULTS.download, ttlSeconds: 31_536_000 } },
    ],
    [{ DEVICE_AUTH: 'open' }, {}],
    [{ DEVICE_AUTH: 'Open' }, {}],
    [{ DEVICE_AUTH: 'required' }, { devices: { auth: 'required', tokenSecret: null } }],
    [{ DEVICE_TOKEN_SECRET: 's'.repeat(32) }, { devices: { auth: 'open', tokenSecret: 's'.repeat(32) } }],
    [{ REQUIRE_HTTPS: 'true' }, { requireHttps: true }],
    [{ REQUIRE_HTTPS: 'TRUE' }, { requireHttps: true }],
    [{ REQUIRE_HTTPS: 'false' }, { requireHttps: false }],
    [{ TLS_CERT_FILE: CERT, TLS_KEY_FILE: KEY }, { tls: { cert: file(CERT), key: file(KEY), ca: null } }],
    [
      { TLS_CERT_FILE: CERT, TLS_KEY_FILE: KEY, TLS_CLIENT_CA_FILE: CERT },
      { tls: { cert: file(CERT), key: file(KEY), ca: file(CERT) } },
    ],
    [{ TRUST_PROXY: 'loopback' }, { trustProxy: ['loopback'] }],
    [{ TRUST_PROXY: '10.0.0.1, fd00::/8,, ' }, { trustProxy: ['10.0.0.1', 'fd00::/8'] }],
    [{ MAX_UPLOAD_BYTES: '1' }, { maxUploadBytes: 1 }],
    [{ MAX_UPLOAD_BYTES: '4294967296' }, { maxUploadBytes: 2 ** 32 }],
    [{ METRICS: 'off' }, { metrics: { enabled: false, token: null } }],
    [{ METRICS_TOKEN: 't' }, { metrics: { enabled: true, token: 't' } }],
    [{ REQUIRE_ESP_IMAGE: 'false' }, { requireEspImage: false }],
    [
      { TRUSTED_SIGNING_KEYS: `${'AB'.repeat(32)}, ${CERT}` },
      { trustedSigningKeys: new Set(['ab'.repeat(32), keyDigestOfFile(file(CERT))]) },
    ],
    [{ LOG_LEVEL: 'DEBUG' }, { logLevel: 'debug' }],
    [{ LOG_LEVEL: 'fatal' }, { logLevel: 'fatal' }],
    [{ NOT_OURS: 'x' }, {}],
  ])('takes %j', (env, difference) => {
    expect(read(env)).toEqual({ config: { ...DEFAULTS, ...difference }, errors: [] });
  });

  const port = (value: string): string => `PORT must be a whole number from 0 to 65535, but is "${value}".`;
  const seconds = (name: string, value: string): string =>
    `${name} must be a whole number from 1 to 31536000, but is "${value}".`;
  const databaseUrl = 'DATABASE_URL must look like postgres://user:password@host:5432/database.';

  it.each<[Environment, string]>([
    [{ PORT: '65536' }, port('65536')],
    [{ PORT: '-1' }, port('-1')],
    [{ PORT: '80.5' }, port('80.5')],
    [{ PORT: '0x50' }, port('0x50')],
    [{ PORT: '8e3' }, port('8e3')],
    [{ PORT: '8000 and more' }, port('8000 and more')],
    [{ PORT: 'http' }, port('http')],
    [{ WORKERS: '0' }, 'WORKERS must be a whole number from 1 to 64, but is "0".'],
    [{ WORKERS: 'all' }, 'WORKERS must be a whole number from 1 to 64, but is "all".'],
    [{ DATABASE_URL: 'localhost' }, databaseUrl],
    [{ DATABASE_URL: 'db:5432/ota' }, databaseUrl],
    [{ DATABASE_URL: 'mysql://root:hunter2@db/ota' }, databaseUrl],
    [{ DATABASE_POOL_SIZE: '2' }, 'DATABASE_POOL_SIZE must be a whole number from 3 to 1000, but is "2".'],
    [
      { SHUTDOWN_DELAY_SECONDS: '601' },
      'SHUTDOWN_DELAY_SECONDS must be a whole number from 0 to 600, but is "601".',
    ],
    [
      { SHUTDOWN_PATIENCE_SECONDS: '0' },
      'SHUTDOWN_PATIENCE_SECONDS must be a whole number from 1 to 600, but is "0".',
    ],
    [{ JWT_TTL_SECONDS: '0' }, seconds('JWT_TTL_SECONDS', '0')],
    [{ JWT_TTL_SECONDS: '31536001' }, seconds('JWT_TTL_SECONDS', '31536001')],
    [
      { EVENT_RETENTION_HOURS: '0' },
      'EVENT_RETENTION_HOURS must be a whole number from 1 to 8760, but is "0".',
    ],
    [{ LOG_RETENTION_DAYS: '-1' }, 'LOG_RETENTION_DAYS must be a whole number from 0 to 36500, but is "-1".'],
    [{ JWT_TTL_SECONDS: '12h' }, seconds('JWT_TTL_SECONDS', '12h')],
    [{ OTA_DOWNLOAD_TTL_SECONDS: '0' }, seconds('OTA_DOWNLOAD_TTL_SECONDS', '0')],
    [{ OTA_DOWNLOAD_TTL_SECONDS: '1e99' }, seconds('OTA_DOWNLOAD_TTL_SECONDS', '1e99')],
    [{ DEVICE_AUTH: 'none' }, 'DEVICE_AUTH must be one of open, required, but is "none".'],
    [
      { DEVICE_TOKEN_SECRET: 's'.repeat(31) },
      'DEVICE_TOKEN_SECRET must have at least 32 characters, such as "openssl rand -hex 32" prints.',
    ],
    [
      { TLS_CLIENT_CA_FILE: CERT },
      'TLS_CLIENT_CA_FILE needs TLS_CERT_FILE and TLS_KEY_FILE: only a server that ends TLS itself sees certificates.',
    ],
    [{ REQUIRE_HTTPS: '1' }, 'REQUIRE_HTTPS must be one of true, false, but is "1".'],
    [{ TLS_CERT_FILE: CERT }, 'TLS_CERT_FILE and TLS_KEY_FILE must be set together.'],
    [{ TLS_KEY_FILE: KEY }, 'TLS_CERT_FILE and TLS_KEY_FILE must be set together.'],
    [{ MAX_UPLOAD_BYTES: '0' }, 'MAX_UPLOAD_BYTES must be a whole number from 1 to 4294967296, but is "0".'],
    [
      { MAX_UPLOAD_BYTES: '4294967297' },
      'MAX_UPLOAD_BYTES must be a whole number from 1 to 4294967296, but is "4294967297".',
    ],
    [
      { LOG_LEVEL: 'loud' },
      'LOG_LEVEL must be one of fatal, error, warn, info, debug, verbose, but is "loud".',
    ],
  ])('refuses %j', (env, error) => {
    expect(read(env).errors).toEqual([error]);
  });

  it.each([
    [
      'a certificate that is not there',
      { TLS_CERT_FILE: 'nowhere.crt', TLS_KEY_FILE: KEY },
      /ENOENT.*nowhere/,
    ],
    ['a key that is not there', { TLS_CERT_FILE: CERT, TLS_KEY_FILE: 'nowhere.key' }, /ENOENT.*nowhere/],
    ['the two of them swapped', { TLS_CERT_FILE: KEY, TLS_KEY_FILE: CERT }, /\S+/],
    ['a file that is no PEM', { TLS_CERT_FILE: CERT, TLS_KEY_FILE: 'package.json' }, /\S+/],
  ])('refuses TLS with %s', (_what, env, reason) => {
    const { config, errors } = read(env);
    expect(errors).toEqual([expect.stringMatching(/^TLS_CERT_FILE and TLS_KEY_FILE cannot be used: \S/)]);
    expect(errors[0]).toMatch(reason);
    expect(config.tls).toBeNull();
  });

  it.each([
    ['nowhere.pem', /ENOENT/],
    ['ab'.repeat(31), /ENOENT/],
    ['package.json', /digest_sbv2_public_key \(or espsecure digest-sbv2-public-key\)/],
    [KEY, /private key, which should not lie on this server/],
  ])('refuses TRUSTED_SIGNING_KEYS=%s', (value, reason) => {
    const { errors } = read({ TRUSTED_SIGNING_KEYS: value });
    expect(errors).toEqual([expect.stringMatching(/^TRUSTED_SIGNING_KEYS must be a list of key digests/)]);
    expect(errors[0]).toMatch(reason);
  });

  it.each(['proxy.example', '10.0.0.0/33', 'true', '*'])('refuses TRUST_PROXY=%s', (value) => {
    const { config, errors } = read({ TRUST_PROXY: value });
    expect(errors).toEqual([expect.stringMatching(/^TRUST_PROXY must be a list of addresses or networks/)]);
    expect(config.trustProxy).toEqual([]);
  });

  it('does not repeat a password in a error', () => {
    expect(read({ DATABASE_URL: 'mysql://root:hunter2@db/ota' }).errors.join()).not.toContain('hunter2');
  });
});
