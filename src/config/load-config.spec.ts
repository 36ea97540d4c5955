import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppConfig } from './app-config.js';
import { findDirectoryError } from './directories.js';
import type { Environment } from './environment.js';
import { ConfigError, loadConfig as loadWith } from './load-config.js';

const loadConfig = (env: Environment): AppConfig =>
  loadWith(env, ({ firmwareStore }) => findDirectoryError('FIRMWARE_STORE', firmwareStore, true));

describe('loading the configuration', () => {
  let folder: string;
  let inFolder: Environment;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ota-test-config-'));
    inFolder = { DATA_DIR: join(folder, 'deep/data'), FIRMWARE_STORE: join(folder, 'deep/store') };
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const errorsOf = (env: Environment): readonly string[] => {
    try {
      loadConfig({ ...inFolder, ...env });
    } catch (error) {
      if (error instanceof ConfigError) return error.errors;
      throw error;
    }
    return [];
  };

  it('makes the folders and leaves nothing else in them', () => {
    const config = loadConfig({ ...inFolder, JWT_SECRET: 'given' });
    expect(readdirSync(config.dataDir)).toEqual([]);
    expect(readdirSync(config.firmwareStore)).toEqual([]);
  });

  it('finds the JWT secret that an earlier version has kept, and makes none', () => {
    const { dataDir } = loadConfig(inFolder);
    expect(loadConfig(inFolder).jwt).toMatchObject({ secret: null, earlierSecret: null });
    expect(existsSync(join(dataDir, 'secrets'))).toBe(false);
    mkdirSync(join(dataDir, 'secrets'));
    writeFileSync(join(dataDir, 'secrets/jwt'), 'kept');
    const { jwt } = loadConfig({ ...inFolder, JWT_SECRET: 'given' });
    expect(jwt).toMatchObject({ secret: 'given', earlierSecret: 'kept' });
  });

  it('is frozen to the bottom', () => {
    const config = loadConfig({ ...inFolder, TRUST_PROXY: 'loopback' });
    const parts = [config, config.admin, config.jwt, config.download, config.trustProxy, config.limits];
    expect(parts.map((part) => Object.isFrozen(part))).toEqual(parts.map(() => true));
    expect(() => Object.assign(config.jwt, { secret: 'another' })).toThrow(TypeError);
  });

  it('is frozen with TLS too', () => {
    const { tls } = loadConfig({
      ...inFolder,
      TLS_CERT_FILE: 'test/fixtures/tls/localhost.crt',
      TLS_KEY_FILE: 'test/fixtures/tls/localhost.key',
    });
    expect(Object.isFrozen(tls)).toBe(true);
  });

  it.each(['DATA_DIR', 'FIRMWARE_STORE'])('refuses %s below a file', (name) => {
    const file = join(folder, 'file');
    writeFileSync(file, 'kept');
    const path = join(file, 'below');
    expect(errorsOf({ [name]: path })).toEqual([
      `${name} (${path}) must be a folder that this process can write to (ENOTDIR).`,
    ]);
    expect(readFileSync(file, 'utf8')).toBe('kept');
  });

  it.each(['DATA_DIR', 'FIRMWARE_STORE'])('refuses %s that is a file', (name) => {
    const path = join(folder, 'file');
    writeFileSync(path, '');
    expect(errorsOf({ [name]: path })).toEqual([
      `${name} (${path}) must be a folder that this process can write to (EEXIST).`,
    ]);
  });

  it('says so when the secret of an earlier version cannot be read', () => {
    writeFileSync(join(folder, 'secrets'), 'in the way');
    expect(errorsOf({ DATA_DIR: folder })).toEqual([
      expect.stringMatching(/^The secret of tokens in DATA_DIR cannot be read: .*secrets/),
    ]);
  });

  it('says everything that is wrong at once, and makes no secret', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const errors = errorsOf({
      PORT: 'x',
      WORKERS: 'x',
      DATABASE_URL: 'x',
      FIRMWARE_STORE: join(file, 'store'),
      JWT_TTL_SECONDS: 'x',
      OTA_DOWNLOAD_TTL_SECONDS: 'x',
      DEVICE_AUTH: 'x',
      REQUIRE_HTTPS: 'x',
      TLS_CERT_FILE: 'x',
      TRUST_PROXY: 'x',
      MAX_UPLOAD_BYTES: 'x',
      LOG_LEVEL: 'x',
    });
    expect(errors.map((error) => error.split(' ')[0]).sort()).toEqual([
      'DATABASE_URL',
      'DEVICE_AUTH',
      'FIRMWARE_STORE',
      'JWT_TTL_SECONDS',
      'LOG_LEVEL',
      'MAX_UPLOAD_BYTES',
      'OTA_DOWNLOAD_TTL_SECONDS',
      'PORT',
      'REQUIRE_HTTPS',
      'TLS_CERT_FILE',
      'TRUST_PROXY',
      'WORKERS',
    ]);
    expect(existsSync(join(folder, 'deep/data/secrets'))).toBe(false);
  });

  it('words one error and several', () => {
    expect(() => loadConfig({ ...inFolder, PORT: 'x' })).toThrow(
      /^The configuration has an error:\n- PORT must/,
    );
    expect(() => loadConfig({ ...inFolder, PORT: 'x', LOG_LEVEL: 'x' })).toThrow(
      /^The configuration has 2 errors:\n- PORT must.*\n- LOG_LEVEL must/,
    );
  });
});
