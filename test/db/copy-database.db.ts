import { copyDatabase } from '../../src/database/copy-database.js';
import { contentOf } from '../support/backups.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** More rows than travel at once, with values that JSON numbers and milliseconds would round. */
const FLEET = `
  INSERT INTO firmware (device_type, version, version_sort_key, build_number, filename, file_size, file_hash, binary_path,
                        description, image)
  VALUES ('scales', '1.0.0', 'b1b0b03b0', 1, 'a.bin', 9007199254740991, repeat('a', 64), 'scales/v1.0.0.bin',
          E'quotes " and \\\\ and \\u00e4', '{"kind": "unknown", "warnings": []}');
  INSERT INTO device (id, device_type, current_version, current_build)
  SELECT 9007199254738000 + n, 'scales', '1.0.0', 1 FROM generate_series(1, 2500) AS n;
  INSERT INTO device_ota_log (device_id, firmware_id, status, created_at)
  SELECT id, (SELECT id FROM firmware), 'success', '2026-01-31T12:00:00.123456Z' FROM device;
  INSERT INTO tls_ticket_key (secret, starts_at) VALUES ('\\x00ff10', now())`;

describe('copying a database', () => {
  let source: TestDatabase;
  let target: TestDatabase;

  beforeEach(async () => {
    [source, target] = await Promise.all([createTestDatabase(), createEmptyDatabase()]);
    await source.query(FLEET);
  });

  afterEach(() => Promise.all([source.drop(), target.drop()]));

  it('takes over every row of every table as it is', async () => {
    const copied: string[] = [];
    await copyDatabase(source.url, target.url, (table) => copied.push(table));
    expect(copied).toContain('device_ota_log');
    expect(await contentOf(target)).toEqual(await contentOf(source));
  });

  it('leaves a database that goes on: new rows get new ids and are counted', async () => {
    await copyDatabase(source.url, target.url);
    await target.query(
      `INSERT INTO device_ota_log (device_id, firmware_id, status) SELECT min(id), 1, 'failed' FROM device`,
    );
    const counts = await target.query(
      'SELECT status, sum(change)::int AS count FROM attempt_count GROUP BY status ORDER BY status',
    );
    expect(counts).toEqual([
      { status: 'failed', count: 1 },
      { status: 'success', count: 2500 },
    ]);
  });

  it('refuses a target with rows in it, and changes nothing there', async () => {
    const used = await createTestDatabase();
    await used.query(
      "INSERT INTO device (id, device_type, current_version, current_build) VALUES (1, 'lamp', '1.0.0', 1)",
    );
    await expect(copyDatabase(source.url, used.url)).rejects.toThrow('already has the table');
    expect(await used.query('SELECT id::int FROM device')).toEqual([{ id: 1 }]);
    await used.drop();
  });

  it('refuses a source of another version', async () => {
    await source.query("INSERT INTO schema_migration (timestamp, name) VALUES (99, 'Newer0000000000099')");
    await expect(copyDatabase(source.url, target.url)).rejects.toThrow('another version of the server');
  });

  it('leaves the target empty when it breaks off, so that it can be tried again', async () => {
    await expect(
      copyDatabase(source.url, target.url, () => {
        throw new Error('broken off');
      }),
    ).rejects.toThrow('broken off');
    expect(await target.query("SELECT to_regclass('device') AS device")).toEqual([{ device: null }]);
    await copyDatabase(source.url, target.url);
    expect(await target.query('SELECT count(*)::int AS count FROM device')).toEqual([{ count: 2500 }]);
  });
});
