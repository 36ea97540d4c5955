import { copyFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillDatabase } from '../../src/database/fill-database.js';
import { migrationNames } from '../../src/database/migrator.js';
import { FirmwareStore } from '../../src/storage/firmware-store.js';
import {
  backUpTo,
  contentOf,
  emptyPlace,
  filesIn,
  partsOfTar,
  restoreFrom,
  type EmptyPlace,
} from '../support/backups.js';
import { Client, sha256, someBytes } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const IMAGES = [someBytes(2_000), someBytes(70_000)];

describe('a backup', () => {
  let app: TestApp;
  let client: Client;
  let firmware: number[];
  let place: EmptyPlace;
  let source: Parameters<typeof backUpTo>[1];
  let file: string;

  beforeAll(async () => {
    app = await startTestApp();
    client = new Client(app);
    firmware = [];
    for (const [index, image] of IMAGES.entries()) {
      const { body } = await client.publish(image, { version: `1.${index}.0`, build_number: index + 1 });
      firmware.push((body as { id: number }).id);
    }
    mkdirSync(join(app.config.dataDir, 'secrets'));
    writeFileSync(join(app.config.dataDir, 'secrets', 'jwt'), 'the key of the tokens');
    writeFileSync(join(app.config.dataDir, 'secrets', 'postgres'), 'of this machine');
    await client.report({ firmware_id: firmware[0], status: 'success' });
    source = {
      databaseUrl: app.database.url,
      dataDir: app.config.dataDir,
      store: app.nest.get(FirmwareStore),
    };
  });
  beforeEach(async () => {
    place = await emptyPlace();
    file = join(place.folder, 'backup.tar');
  });
  afterEach(async () => {
    await place.database.drop();
    rmSync(place.folder, { recursive: true });
  });
  afterAll(() => app.close());

  const nothingChanged = async () => {
    expect(await contentOf(place.database)).toEqual({});
    expect([filesIn(place.storeFolder), filesIn(place.dataDir)]).toEqual([{}, {}]);
  };

  it('that is made while devices report has every report that was acknowledged before', async () => {
    let [acknowledged, isOver] = [0, false];
    const report = async (device_id: number) => {
      while (!isOver) {
        const { status } = await client.report({
          device_id,
          firmware_id: firmware[0],
          status: 'downloading',
        });
        if (status === 200) acknowledged += 1;
        await client.report({ device_id, firmware_id: firmware[0], status: 'failed' });
      }
    };
    const load = Promise.all(Array.from({ length: 8 }, (_, n) => report(1000 + n)));
    while (acknowledged < 20) await new Promise((resolve) => setImmediate(resolve));
    const before = await app.database.query('SELECT id, status FROM device_ota_log ORDER BY id');
    const made = await backUpTo(file, source);
    isOver = true;
    await load;
    expect(made).toMatchObject({ files: IMAGES.length, lacking: [] });

    await restoreFrom(file, place);
    const after = await place.database.query<{ id: string }>('SELECT id FROM device_ota_log');
    const ids = new Set(after.map(({ id }) => id));
    expect(before.filter(({ id }) => !ids.has(id as string))).toEqual([]);
    const [totals] = await place.database.query(
      'SELECT sum(change)::int = (SELECT count(*)::int FROM device_ota_log) AS same FROM attempt_count',
    );
    expect(totals).toEqual({ same: true });
  });

  it('brings back every row, file and secret as it was', async () => {
    const content = await contentOf(app.database);
    await backUpTo(file, source);
    const report = await restoreFrom(file, place);
    expect(report).toMatchObject({ files: IMAGES.length, lacking: [] });
    expect(await contentOf(place.database)).toEqual(content);
    const files = Object.values(filesIn(place.storeFolder)).map((bytes) =>
      sha256(Buffer.from(bytes, 'base64')),
    );
    expect(files.sort()).toEqual(IMAGES.map(sha256).sort());
    expect(filesIn(place.dataDir)).toEqual({
      'secrets/jwt': Buffer.from('the key of the tokens').toString('base64'),
    });
  });

  it('leaves a server that goes on: its rules hold, and no id is given out twice', async () => {
    // The row with the highest id is gone.
    const { body } = await client.publish(someBytes(10), {
      version: '9.0.0',
      build_number: 9,
      is_stable: false,
    });
    const purged = (body as { id: number }).id;
    expect((await client.admin('DELETE', `/firmware/${purged}?purge=true`)).status).toBe(200);
    await backUpTo(file, source);
    await restoreFrom(file, place);
    const other = await startTestApp({ database: place.database, firmwareStore: place.storeFolder });
    const otherClient = new Client(other);
    const next = (await otherClient.publish(someBytes(11), { version: '9.0.0', build_number: 9 })).body as {
      id: number;
    };
    expect(next.id).toBeGreaterThan(purged);
    expect((await otherClient.download(firmware[0]!)).bytes).toEqual(IMAGES[0]);
    const listed = await otherClient.admin('GET', '/firmware');
    expect(listed.headers['x-total-count']).toBe(String(IMAGES.length + 1));
    await other.close();
    await expect(place.database.query('DELETE FROM audit_log')).rejects.toThrow('only added to');
  });

  it('is refused when one byte of any part has changed, and nothing is', async () => {
    await backUpTo(file, source);
    const tar = readFileSync(file);
    const parts = partsOfTar(tar);
    expect(parts.length).toBeGreaterThan(10);
    for (const { name, start, size } of parts) {
      const at = start + Math.floor(size / 2);
      const changed = Buffer.from(tar);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(file, changed);
      const told = name.startsWith('manifest.') ? 'manifest' : name;
      await expect(restoreFrom(file, place)).rejects.toMatchObject({
        code: 'ARCHIVE_DAMAGED',
        message: expect.stringContaining(told),
      });
    }
    await nothingChanged();
  });

  it.each([
    ['nothing', 0],
    ['a part of a header', 300],
    ['all but its last part', -3_000],
  ])('of which %s is left is refused', async (_, length) => {
    await backUpTo(file, source);
    truncateSync(file, length >= 0 ? length : readFileSync(file).length + length);
    await expect(restoreFrom(file, place)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    await nothingChanged();
  });

  it('is refused when it is no backup at all', async () => {
    writeFileSync(file, someBytes(100_000));
    await expect(restoreFrom(file, place)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
  });

  it('is not restored into a database that is in use', async () => {
    await backUpTo(file, source);
    const before = await contentOf(app.database);
    const target = { ...place, databaseUrl: app.database.url };
    await expect(restoreFrom(file, target)).rejects.toMatchObject({ code: 'DATABASE_NOT_EMPTY' });
    expect(await contentOf(app.database)).toEqual(before);
    expect(filesIn(place.storeFolder)).toEqual({});
  });

  it('is not restored into a store with other files, or with another secret', async () => {
    await backUpTo(file, source);
    mkdirSync(join(place.storeFolder, 'sensor'), { recursive: true });
    writeFileSync(join(place.storeFolder, 'sensor', 'v1.0.0.bin'), 'other bytes');
    await expect(restoreFrom(file, place)).rejects.toMatchObject({ code: 'STORE_NOT_EMPTY' });
    rmSync(place.storeFolder, { recursive: true });
    mkdirSync(join(place.dataDir, 'secrets'), { recursive: true });
    writeFileSync(join(place.dataDir, 'secrets', 'jwt'), 'another key');
    await expect(restoreFrom(file, place)).rejects.toMatchObject({ code: 'SECRETS_DIFFER' });
    expect(await contentOf(place.database)).toEqual({});
    expect(filesIn(place.storeFolder)).toEqual({});
  });

  it('can be restored again after a restore that was broken off', async () => {
    await backUpTo(file, source);
    let lastStep = 0;
    const breakOff = (step: string, bytes: number) => {
      if (step !== 'restore' || bytes < 60_000) return;
      lastStep = bytes;
      throw new Error('broken off');
    };
    await expect(restoreFrom(file, place, breakOff)).rejects.toThrow('broken off');
    expect(lastStep).toBeGreaterThan(0);
    expect(await contentOf(place.database)).toEqual({});
    expect(Object.keys(filesIn(place.storeFolder)).length).toBeGreaterThan(0);
    await restoreFrom(file, place);
    expect(Object.keys(filesIn(place.storeFolder))).toHaveLength(IMAGES.length);
  });

  it('says which files it lacks', async () => {
    const path = Object.keys(filesIn(app.config.firmwareStore)).find((name) => name.endsWith('v1.1.0.bin'))!;
    const [whole, aside] = [join(app.config.firmwareStore, path), join(place.folder, 'aside')];
    copyFileSync(whole, aside);
    writeFileSync(whole, 'changed by somebody');
    const damagedFile = { firmwareId: firmware[1], path, what: 'damaged' };
    expect((await backUpTo(`${file}.1`, source)).lacking).toEqual([damagedFile]);
    rmSync(whole);
    expect((await backUpTo(`${file}.2`, source)).lacking).toEqual([{ ...damagedFile, what: 'missing' }]);
    // Somebody prunes it after the moment of the snapshot.
    const store = Object.create(source.store, {
      read: {
        value: async (asked: string) => {
          if (asked === path)
            await app.database.query(
              'UPDATE firmware SET is_active = false, pruned_at = now() WHERE id = $1',
              [firmware[1]],
            );
          return source.store.read(asked);
        },
      },
    }) as FirmwareStore;
    expect((await backUpTo(`${file}.3`, { ...source, store })).lacking).toEqual([
      { ...damagedFile, what: 'removed' },
    ]);
    copyFileSync(aside, whole);
    await app.database.query('UPDATE firmware SET is_active = true, pruned_at = NULL');
  });

  it('of a newer version is refused', async () => {
    await app.database.query(
      "INSERT INTO schema_migration (timestamp, name) VALUES (9999, 'Newer0000000009999')",
    );
    await expect(backUpTo(`${file}.1`, source)).rejects.toMatchObject({ code: 'SCHEMA_DIFFERS' });
    await app.database.query("DELETE FROM schema_migration WHERE name = 'Newer0000000009999'");
  });

  it('of an earlier version is brought up to date', async () => {
    const migrations = migrationNames().slice(0, 5);
    const tables = [{ name: 'device', columns: ['id', 'device_type'], sequences: [] }];
    async function* rows() {
      yield await Promise.resolve(Buffer.from('9007199254740991\tlamp\n7\t\\N\n'));
    }
    await fillDatabase(place.databaseUrl, { migrations, tables }, rows);
    expect(await place.database.query('SELECT id, device_type FROM device ORDER BY id')).toEqual([
      { id: 7, device_type: null },
      { id: 9007199254740991, device_type: 'lamp' },
    ]);
    const names = await place.database.query<{ name: string }>(
      'SELECT name FROM schema_migration ORDER BY timestamp',
    );
    expect(names.map(({ name }) => name)).toEqual(migrationNames());
  });
});
