import { DataSource } from 'typeorm';
import type { AppConfig } from '../../src/config/app-config.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { DownloadSecretCheck, DownloadSecretDiffers } from '../../src/secrets/download-secret-check.js';
import { SecretEntity } from '../../src/secrets/secret.entity.js';
import { SecretRepository } from '../../src/secrets/secret.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('the secret of download URLs', () => {
  let database: TestDatabase;
  let source: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    source = await new DataSource(dataSourceOptions(database.url)).initialize();
  });
  beforeEach(() => database.query('DELETE FROM secret'));
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  const start = (secret: string | null, previousSecret: string | null = null, databaseUrl = database.url) => {
    const config = { databaseUrl, download: { secret, previousSecret, ttlSeconds: 600 } } as AppConfig;
    const secrets = new SecretRepository(source.getRepository(SecretEntity));
    return new DownloadSecretCheck(config, secrets).onModuleInit();
  };

  it('is the same for all servers, which may start at once', async () => {
    await Promise.all(['red', 'red', 'red'].map((secret) => start(secret)));
    await expect(start('green')).rejects.toThrow(DownloadSecretDiffers);
    await expect(start('green')).rejects.toThrow(/^OTA_DOWNLOAD_SECRET is not the one.*_PREVIOUS\.$/);
    await expect(start(null)).rejects.toThrow(/^OTA_DOWNLOAD_SECRET is not set, but/);
    await start('red');
  });

  it('is changed, and given up, by who knows the one before', async () => {
    await start('red');
    await expect(start('green', 'blue')).rejects.toThrow(DownloadSecretDiffers);
    await start('green', 'red');
    await start('green', 'red');
    await start('green');
    await expect(start('red')).rejects.toThrow(DownloadSecretDiffers);
    await start(null, 'green');
    await start(null);
    await start('blue');
  });

  it('cannot be found in the database', async () => {
    await start('red');
    await start('green', 'red');
    const rows = await database.query<{ value: Buffer }>('SELECT value FROM secret');
    expect(rows).toHaveLength(1);
    expect(rows[0]!.value.includes('green')).toBe(false);
    expect(rows[0]!.value).toHaveLength(48);
  });

  it('is nobody else’s where the database is the server’s own', async () => {
    await start('red', null, null as unknown as string);
    await start('green', null, null as unknown as string);
    expect(await database.query('SELECT 1 FROM secret')).toEqual([]);
  });
});
