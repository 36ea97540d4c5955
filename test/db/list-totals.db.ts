import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { FirmwareEntity } from '../../src/firmware/firmware.entity.js';
import { FirmwareRepository } from '../../src/firmware/firmware.repository.js';
import { ATTEMPT_STATUSES } from '../../src/domain/ota-attempt.js';
import { DeviceCountRepository } from '../../src/devices/record/device-count.repository.js';
import { LogsRepository, type LogFilter } from '../../src/logs/logs.repository.js';
import { OtaLogEntity } from '../../src/logs/ota-log.entity.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { samples } from '../support/samples.js';

const FIRMWARE = [1, 2, 3];
const FILTERS: LogFilter[] = [
  {},
  ...FIRMWARE.map((firmwareId) => ({ firmwareId })),
  ...ATTEMPT_STATUSES.map((status) => ({ status })),
  ...FIRMWARE.flatMap((firmwareId) => ATTEMPT_STATUSES.map((status) => ({ firmwareId, status }))),
  { deviceId: 1 },
  { deviceId: 1, firmwareId: 2, status: 'failed' },
];

const firmwareId = fc.constantFrom(...FIRMWARE);
const status = fc.constantFrom(...ATTEMPT_STATUSES);
const changes = [
  fc.tuple(status, status).map(([from, to]) => `SET status = '${to}' WHERE status = '${from}'`),
  fc.nat(5).map((n) => `SET bytes_downloaded = ${n}, firmware_id = 1 WHERE id % 5 = ${n}`),
];
const logStatement = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(firmwareId, status, fc.nat(9)).map(insert) },
  { weight: 4, arbitrary: fc.oneof(...changes).map((change) => `UPDATE device_ota_log ${change}`) },
  { weight: 2, arbitrary: fc.nat(5).map((n) => `DELETE FROM device_ota_log WHERE id % 6 = ${n}`) },
  { weight: 2, arbitrary: fc.constant('BEGIN; DELETE FROM device_ota_log; ROLLBACK') },
  { weight: 1, arbitrary: fc.constant('TRUNCATE device_ota_log') },
);

/** As check-ins come: some of the devices are on record. */
const deviceStatement = fc.oneof(
  fc.nat(20).map(
    (from) =>
      `INSERT INTO device (id) SELECT generate_series(${from + 1}, ${from + 5})
         ON CONFLICT (id) DO UPDATE SET last_seen_at = now()`,
  ),
  fc.nat(20).map((id) => `DELETE FROM device WHERE id % 7 = ${id % 7}`),
  fc.constant('UPDATE device SET last_seen_at = now() WHERE id % 5 = 1'),
  fc.constant('BEGIN; DELETE FROM device; ROLLBACK'),
  fc.constant('TRUNCATE device CASCADE'),
);

const TYPES = ['gateway', 'lamp', 'sensor'];
const deviceType = fc.constantFrom(...TYPES);
const firmwareStatement = fc.oneof(
  fc.tuple(deviceType, fc.nat(5)).map(insertFirmware),
  fc
    .tuple(deviceType, fc.nat(5))
    .map(([type, n]) => `UPDATE firmware SET device_type = '${type}' WHERE id % 6 = ${n}`),
  fc.nat(5).map((n) => `UPDATE firmware SET is_active = false WHERE id % 6 = ${n}`),
  fc.nat(5).map((n) => `DELETE FROM firmware WHERE id % 6 = ${n}`),
  fc.constant('TRUNCATE firmware CASCADE'),
);

/** None of two has the same version. */
function insertFirmware([type, count]: readonly [string, number]): string {
  return `INSERT INTO firmware (id, device_type, version, version_sort_key, build_number, filename, file_size, file_hash,
                                binary_path)
          SELECT id, '${type}', id, id, 1, id, 1, repeat('a', 64), id
            FROM (SELECT nextval('firmware_id_seq') AS id FROM generate_series(1, ${count})) AS new`;
}

function insert([firmware, state, count]: readonly [number, string, number]): string {
  return `INSERT INTO device_ota_log (device_id, firmware_id, status)
          SELECT 1 + n % 3, ${firmware}, '${state}' FROM generate_series(1, ${count}) AS n`;
}

describe('the totals of the lists', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let logs: LogsRepository;
  let firmware: FirmwareRepository;
  let devices: DeviceCountRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.query(`
      ${insertFirmware(['sensor', 3])};
      INSERT INTO device (id) VALUES (1), (2), (3)`);
    dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
    logs = new LogsRepository(dataSource.getRepository(OtaLogEntity));
    firmware = new FirmwareRepository(dataSource.getRepository(FirmwareEntity));
    devices = DeviceCountRepository.of(dataSource.manager);
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const totals = async (): Promise<number[]> => {
    const pages = await Promise.all(FILTERS.map((filter) => logs.list(filter, 0, 1)));
    return pages.map(({ total }) => total);
  };

  const counted = async (): Promise<number[]> => {
    const rows = await database.query<{ device_id: string; firmware_id: string; status: string }>(
      'SELECT device_id, firmware_id, status FROM device_ota_log',
    );
    return FILTERS.map(
      (filter) =>
        rows.filter(
          (row) =>
            [undefined, Number(row.device_id)].includes(filter.deviceId) &&
            [undefined, Number(row.firmware_id)].includes(filter.firmwareId) &&
            [undefined, row.status].includes(filter.status),
        ).length,
    );
  };

  const countRows = async (): Promise<{ rows: number; groups: number }> => {
    const [found] = await database.query<{ rows: number; groups: number }>(
      'SELECT count(*)::int AS rows, count(DISTINCT (firmware_id, status))::int AS groups FROM attempt_count',
    );
    return found!;
  };

  it('of attempts say what is in the table, whatever was done to it, folded or not', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(logStatement, { minLength: 1, maxLength: 8 }), async (statements) => {
        for (const sql of statements) await database.query(sql);
        const expected = await counted();
        expect(await totals()).toEqual(expected);
        await logs.foldCounts();
        expect(await totals()).toEqual(expected);
        const { rows, groups } = await countRows();
        expect(rows).toBe(groups);
      }),
      { numRuns: samples(30) },
    );
  });

  it('of attempts lose nothing when several fold while others write', async () => {
    const write = async () => {
      for (let n = 0; n < 20; n++) await database.query(insert([1 + (n % 3), 'pending', 3]));
    };
    const fold = async () => {
      for (let n = 0; n < 20; n++) await logs.foldCounts();
    };
    await Promise.all([write(), write(), fold(), fold(), fold()]);
    expect(await totals()).toEqual(await counted());
  });

  it('are counted anew for rows that came where triggers do not fire', async () => {
    await database.query(`
      SET session_replication_role = replica;
      ${insert([2, 'failed', 7])};
      RESET session_replication_role`);
    expect(await totals()).not.toEqual(await counted());
    await database.query('SELECT recount_lists()');
    expect(await totals()).toEqual(await counted());
  });

  it('count what somebody writes who has no rights on the counts, but a table of that name', async () => {
    await database.query(`
      CREATE ROLE ota_test_reporter;
      GRANT INSERT ON device_ota_log TO ota_test_reporter;
      GRANT USAGE ON SEQUENCE device_ota_log_id_seq TO ota_test_reporter;
      SET ROLE ota_test_reporter;
      CREATE TEMPORARY TABLE attempt_count (firmware_id bigint, status text, change bigint);
      SET search_path = '';
      ${insert([1, 'pending', 2]).replace('device_ota_log', 'public.device_ota_log')};
      RESET search_path;
      RESET ROLE;
      DROP TABLE pg_temp.attempt_count;
      DROP OWNED BY ota_test_reporter;
      DROP ROLE ota_test_reporter`);
    expect(await totals()).toEqual(await counted());
  });

  it('of firmware say what is in the table, whatever was done to it', async () => {
    await database.query('TRUNCATE device_ota_log');
    const lists = [undefined, ...TYPES, 'unheard of'];
    await fc.assert(
      fc.asyncProperty(fc.array(firmwareStatement, { minLength: 1, maxLength: 8 }), async (statements) => {
        for (const sql of statements) await database.query(sql);
        const rows = await database.query<{ type: string }>('SELECT device_type AS type FROM firmware');
        for (const type of lists) {
          const { total } = await firmware.list(type, 0, 1);
          expect([type, total]).toEqual([
            type,
            rows.filter((row) => [undefined, row.type].includes(type)).length,
          ]);
        }
      }),
      { numRuns: samples(30) },
    );
  });

  it('of devices say what is in the table, whatever was done to it, folded or not', async () => {
    await database.query('TRUNCATE device_ota_log');
    await fc.assert(
      fc.asyncProperty(fc.array(deviceStatement, { minLength: 1, maxLength: 8 }), async (statements) => {
        for (const sql of statements) await database.query(sql);
        const [{ count } = { count: -1 }] = await database.query<{ count: number }>(
          'SELECT count(*)::int FROM device',
        );
        expect(await devices.count()).toBe(count);
        await devices.foldCount();
        expect([await devices.count(), await devices.hasExactTotal()]).toEqual([count, true]);
        const rows = await database.query('SELECT FROM device_count');
        expect(rows.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: samples(20) },
    );
  });

  it('of devices lose nothing when several fold while others write, and count anew where triggers do not fire', async () => {
    const write = async (from: number) => {
      for (let n = 0; n < 20; n++)
        await database.query(`INSERT INTO device (id) VALUES (${from + n}) ON CONFLICT DO NOTHING`);
    };
    const fold = async () => {
      for (let n = 0; n < 20; n++) await devices.foldCount();
    };
    await Promise.all([write(1_000), write(1_010), fold(), fold(), fold()]);
    expect(await devices.hasExactTotal()).toBe(true);
    await database.query(`
      SET session_replication_role = replica;
      INSERT INTO device (id) VALUES (2000);
      RESET session_replication_role`);
    expect(await devices.hasExactTotal()).toBe(false);
    await database.query('SELECT recount_lists()');
    expect(await devices.hasExactTotal()).toBe(true);
  });
});
