import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import proxyAddr from 'proxy-addr';
import { DEVICE_AUTH_MODES } from '../domain/device-access.js';
import { DIGEST_COMMANDS, keyDigestOfFile } from '../domain/esp-image/signing-key.js';
import { DEFAULT_LIMITS, LOG_LEVELS, type AppConfig } from './app-config.js';
import { consoleFolder } from './console-folder.js';
import { defaultWorkers } from './default-workers.js';
import { postgresUrlError } from './postgres-url.js';
import { readBucketAccess, readDownloadBaseUrl, readStoreLocation } from './store-location.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const MAX_WORKERS = 64;
const LEAST_SECRET_LENGTH = 32;
const MAX_SECONDS = 365 * 24 * 3600;
const MAX_PER_MINUTE = 1_000_000;
const MAX_DAYS = 36_500;
const MAX_HOURS = 8_760;
const MAX_SHUTDOWN_SECONDS = 600;
/** Two batches of reports under way, and a request of an admin beside them. */
const MIN_POOL_SIZE = 3;
const MAX_POOL_SIZE = 1_000;

/**
 * Reads the variables of the wire contract. A variable that is set but empty counts as unset.
 * @param errors receives a sentence for every error; the result is valid only if none was added
 */
export function readEnvironment(env: Environment, errors: string[]): AppConfig {
  const text = (name: string): string | null => nullIfEmpty(env[name]?.trim());

  const wholeNumber = (name: string, fallback: number, min: number, max: number): number => {
    const value = text(name);
    if (value === null) return fallback;
    const number = /^\d+$/.test(value) ? Number(value) : NaN;
    if (number >= min && number <= max) return number;
    errors.push(`${name} must be a whole number from ${min} to ${max}, but is "${value}".`);
    return fallback;
  };

  const oneOf = <T extends string>(name: string, fallback: T, choices: readonly T[]): T => {
    const value = text(name);
    if (value === null) return fallback;
    const choice = choices.find((candidate) => candidate === value.toLowerCase());
    if (!choice) errors.push(`${name} must be one of ${choices.join(', ')}, but is "${value}".`);
    return choice ?? fallback;
  };

  const postgresUrl = (name: string): string | null => {
    const value = text(name);
    const error = value === null ? null : postgresUrlError(name, value);
    if (error !== null) errors.push(error);
    return value;
  };

  const databaseUrl = postgresUrl('DATABASE_URL');
  const databaseDirectUrl = postgresUrl('DATABASE_DIRECT_URL');
  if (databaseDirectUrl !== null && databaseUrl === null) {
    errors.push(
      'DATABASE_DIRECT_URL is the way around the pooler of DATABASE_URL: set that, too, or neither.',
    );
  }
  const tokenSecret = text('DEVICE_TOKEN_SECRET');
  if (tokenSecret !== null && tokenSecret.length < LEAST_SECRET_LENGTH) {
    errors.push(
      `DEVICE_TOKEN_SECRET must have at least ${LEAST_SECRET_LENGTH} characters, such as "openssl rand -hex 32" prints.`,
    );
  }

  const poolSize =
    text('DATABASE_POOL_SIZE') === null
      ? null
      : wholeNumber('DATABASE_POOL_SIZE', MIN_POOL_SIZE, MIN_POOL_SIZE, MAX_POOL_SIZE);

  const jwtSecret = text('JWT_SECRET');
  const previousJwtSecret = text('JWT_SECRET_PREVIOUS');
  if (previousJwtSecret !== null && jwtSecret === null) {
    errors.push('JWT_SECRET_PREVIOUS is what JWT_SECRET was before: set that, too, or neither.');
  }

  return {
    host: text('HOST') ?? '0.0.0.0',
    port: wholeNumber('PORT', 8000, 0, 65535),
    workers: wholeNumber(
      'WORKERS',
      defaultWorkers(availableParallelism(), databaseUrl === null),
      1,
      MAX_WORKERS,
    ),
    databaseUrl,
    databaseDirectUrl,
    databasePoolSize: poolSize,
    dataDir: resolve(text('DATA_DIR') ?? 'data'),
    firmwareStore: readStoreLocation('FIRMWARE_STORE', text('FIRMWARE_STORE') ?? 'firmware-store', errors),
    bucketAccess: readBucketAccess(text, errors),
    admin: { username: text('ADMIN_USERNAME') ?? 'admin', password: text('ADMIN_PASSWORD') },
    jwt: {
      secret: jwtSecret,
      previousSecret: previousJwtSecret,
      earlierSecret: null,
      ttlSeconds: wholeNumber('JWT_TTL_SECONDS', 43_200, 1, MAX_SECONDS),
    },
    download: {
      secret: text('OTA_DOWNLOAD_SECRET'),
      previousSecret: text('OTA_DOWNLOAD_SECRET_PREVIOUS'),
      ttlSeconds: wholeNumber('OTA_DOWNLOAD_TTL_SECONDS', 600, 1, MAX_SECONDS),
      baseUrl: readDownloadBaseUrl(text('DOWNLOAD_BASE_URL'), errors),
    },
    devices: { auth: oneOf('DEVICE_AUTH', 'open', DEVICE_AUTH_MODES), tokenSecret },
    requireHttps: oneOf('REQUIRE_HTTPS', 'false', ['true', 'false']) === 'true',
    shutdown: {
      delaySeconds: wholeNumber('SHUTDOWN_DELAY_SECONDS', 0, 0, MAX_SHUTDOWN_SECONDS),
      patienceSeconds: wholeNumber('SHUTDOWN_PATIENCE_SECONDS', 10, 1, MAX_SHUTDOWN_SECONDS),
    },
    notifySocket: text('NOTIFY_SOCKET'),
    tls: readTls(text('TLS_CERT_FILE'), text('TLS_KEY_FILE'), text('TLS_CLIENT_CA_FILE'), errors),
    trustProxy: readTrustProxy(text('TRUST_PROXY'), errors),
    deviceLane: oneOf('DEVICE_LANE', 'on', ['on', 'off']) === 'on',
    groupCommit: oneOf('GROUP_COMMIT', 'on', ['on', 'off']) === 'on',
    imageCacheBytes: wholeNumber('IMAGE_CACHE_BYTES', 268_435_456, 0, 2 ** 40),
    maxUploadBytes: wholeNumber('MAX_UPLOAD_BYTES', 67_108_864, 1, 2 ** 32),
    requireEspImage: oneOf('REQUIRE_ESP_IMAGE', 'true', ['true', 'false']) === 'true',
    trustedSigningKeys: readSigningKeys(text('TRUSTED_SIGNING_KEYS'), errors),
    logRetentionDays: wholeNumber('LOG_RETENTION_DAYS', 0, 0, MAX_DAYS),
    maxCatalogAgeSeconds: wholeNumber('MAX_CATALOG_AGE_SECONDS', 30, 1, 3_600),
    eventRetentionHours: wholeNumber('EVENT_RETENTION_HOURS', 24, 1, MAX_HOURS),
    webhookAllowPrivate: oneOf('WEBHOOK_ALLOW_PRIVATE', 'false', ['true', 'false']) === 'true',
    docs: oneOf('DOCS', 'on', ['on', 'off']) === 'on',
    console: oneOf('CONSOLE', 'on', ['on', 'off']) === 'on' ? { folder: consoleFolder() } : null,
    metrics: { enabled: oneOf('METRICS', 'on', ['on', 'off']) === 'on', token: text('METRICS_TOKEN') },
    logLevel: oneOf('LOG_LEVEL', 'info', LOG_LEVELS),
    rateLimits: {
      device: wholeNumber('RATE_LIMIT_DEVICE_PER_MINUTE', 60, 0, MAX_PER_MINUTE),
      admin: wholeNumber('RATE_LIMIT_ADMIN_PER_MINUTE', 600, 0, MAX_PER_MINUTE),
      newDevices: wholeNumber('NEW_DEVICES_PER_MINUTE', 1_000, 0, MAX_PER_MINUTE),
    },
    limits: DEFAULT_LIMITS,
  };
}

function nullIfEmpty(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}

function readTls(
  certFile: string | null,
  keyFile: string | null,
  clientCaFile: string | null,
  errors: string[],
): AppConfig['tls'] {
  if (certFile === null && keyFile === null) {
    if (clientCaFile !== null) {
      errors.push(
        'TLS_CLIENT_CA_FILE needs TLS_CERT_FILE and TLS_KEY_FILE: only a server that ends TLS itself sees certificates.',
      );
    }
    return null;
  }
  if (certFile === null || keyFile === null) {
    errors.push('TLS_CERT_FILE and TLS_KEY_FILE must be set together.');
    return null;
  }
  try {
    const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    createSecureContext(pair);
    return { ...pair, ca: readClientCa(clientCaFile, errors) };
  } catch (error) {
    errors.push(`TLS_CERT_FILE and TLS_KEY_FILE cannot be used: ${messageOf(error)}.`);
    return null;
  }
}

/** A file without any certificate would not be an error for OpenSSL, and would let no device in. */
function readClientCa(file: string | null, errors: string[]): Buffer | null {
  if (file === null) return null;
  try {
    const ca = readFileSync(file);
    new X509Certificate(ca);
    createSecureContext({ ca });
    return ca;
  } catch (error) {
    errors.push(`TLS_CLIENT_CA_FILE cannot be used: ${messageOf(error)}.`);
    return null;
  }
}

function readTrustProxy(value: string | null, errors: string[]): readonly string[] {
  const networks = listOf(value);
  try {
    proxyAddr.compile(networks);
    return networks;
  } catch (error) {
    errors.push(
      `TRUST_PROXY must be a list of addresses or networks such as 10.0.0.0/8: ${messageOf(error)}.`,
    );
    return [];
  }
}

function readSigningKeys(value: string | null, errors: string[]): ReadonlySet<string> {
  const digests = listOf(value).map((key) => {
    if (/^[0-9a-f]{64}$/i.test(key)) return key.toLowerCase();
    try {
      return keyDigestOfFile(readFileSync(key));
    } catch (error) {
      errors.push(
        'TRUSTED_SIGNING_KEYS must be a list of key digests (64 hexadecimal digits), of files with the 32 bytes of a digest ' +
          `that ${DIGEST_COMMANDS} writes, or of PEM files with a public key of Secure Boot v2; "${key}" cannot be used: ` +
          `${messageOf(error)}.`,
      );
      return '';
    }
  });
  return new Set(digests);
}

/** Splits a comma-separated list. */
function listOf(value: string | null): string[] {
  return (value ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
