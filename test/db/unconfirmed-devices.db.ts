import { DataSource } from 'typeorm';
import type { AppConfig } from '../../src/config/app-config.js';
import type { ChangeFeed } from '../../src/database/change-feed.js';
import type { DatabaseClock } from '../../src/database/database-clock.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { PeriodicTasks } from '../../src/database/periodic-tasks.js';
import { inTransaction } from '../../src/database/transaction.js';
import { EventEntity } from '../../src/events/event.entity.js';
import { EventLog } from '../../src/events/event-log.js';
import { EventRepository } from '../../src/events/event.repository.js';
import { DeviceDescriptionRepository } from '../../src/devices/record/device-description.repository.js';
import { DeviceProgressRepository } from '../../src/devices/record/device-progress.repository.js';
import { DeviceSightingRepository } from '../../src/devices/record/device-sighting.repository.js';
import { DeviceRepository } from '../../src/devices/record/device.repository.js';
import type { DeviceAccess } from '../../src/devices/identity/device-access.service.js';
import { SightingObservers } from '../../src/devices/sighting-observers.js';
import { DevicesService } from '../../src/devices/devices.service.js';
import { PLAIN } from '../../src/domain/device-access.js';
import { LogsRepository } from '../../src/logs/logs.repository.js';
import { OtaLogEntity } from '../../src/logs/ota-log.entity.js';
import { UnconfirmedDevices } from '../../src/logs/unconfirmed-devices.js';
import { Metrics } from '../../src/metrics/metrics.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const BOUND = 10;

describe('devices that were seen for a few minutes only', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let devices: DevicesService;
  let unconfirmed: UnconfirmedDevices;
  let withIdentity: Set<number>;

  beforeEach(async () => {
    database = await createTestDatabase();
    dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
    const config = {
      limits: { unconfirmedDevices: BOUND, unconfirmedSweepMs: 3_600_000, drainMs: 1_000 },
    } as AppConfig;
    withIdentity = new Set();
    const stateOf = (id: number) => (withIdentity.has(id) ? { ...PLAIN, identity: 'token' } : PLAIN);
    const access = { stateOf } as unknown as DeviceAccess;
    devices = new DevicesService(
      DeviceRepository.of(dataSource.manager),
      DeviceSightingRepository.of(dataSource.manager),
      DeviceProgressRepository.of(dataSource.manager),
      DeviceDescriptionRepository.of(dataSource.manager),
      access,
      new EventLog(new EventRepository(dataSource.getRepository(EventEntity))),
      new SightingObservers(),
      { now: () => Date.now() * 1_000 } as DatabaseClock,
    );
    unconfirmed = new UnconfirmedDevices(
      config,
      devices,
      new LogsRepository(dataSource.getRepository(OtaLogEntity)),
      new Metrics(),
      { session: null } as unknown as ChangeFeed,
      new PeriodicTasks(config),
    );
    await database.query(
      `INSERT INTO firmware (device_type, version, version_sort_key, build_number, filename, file_size, file_hash, binary_path)
       VALUES ('sensor', '1.0.0', 'b1', 1, 'f.bin', 1, repeat('a', 64), 'p')`,
    );
    // Device 1 was seen first, 20 last; each has an attempt.
    await database.query(
      `INSERT INTO device (id, first_seen_at, last_seen_at)
       SELECT n, at, at + interval '9 minutes'
         FROM generate_series(1, 20) n, LATERAL (SELECT now() - (100 - n) * interval '1 day' AS at) AS clock`,
    );
    await database.query(
      `INSERT INTO device_ota_log (device_id, firmware_id, status) SELECT n, 1, 'failed' FROM generate_series(1, 20) n`,
    );
  });
  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const idsOf = async (table: 'device' | 'device_ota_log'): Promise<number[]> => {
    const column = table === 'device' ? 'id' : 'device_id';
    const rows = await database.query<{ id: string }>(`SELECT ${column} AS id FROM ${table} ORDER BY 1`);
    return rows.map(({ id }) => Number(id));
  };
  const upTo20 = (first: number): number[] => Array.from({ length: 21 - first }, (_, index) => first + index);
  const total = async (): Promise<number> =>
    Number((await database.query<{ sum: string }>('SELECT sum(change) FROM attempt_count'))[0]?.sum);

  it('are deleted beyond the bound, the oldest first, with their attempts and exact totals', async () => {
    await unconfirmed.sweep();
    expect(await idsOf('device')).toEqual(upTo20(11));
    expect(await idsOf('device_ota_log')).toEqual(upTo20(11));
    expect(await total()).toBe(10);
    await unconfirmed.sweep();
    expect(await idsOf('device')).toEqual(upTo20(11));
  });

  it('stay when they have an identity', async () => {
    withIdentity = new Set([1, 3]);
    await unconfirmed.sweep();
    expect(await idsOf('device')).toEqual([1, 3, ...upTo20(11)]);
  });

  it('stay when they came back later, or have ever installed something', async () => {
    await database.query(
      `UPDATE device SET last_seen_at = first_seen_at + interval '11 minutes' WHERE id = 1`,
    );
    await database.query(`UPDATE device_ota_log SET status = 'success' WHERE device_id = 2`);
    await unconfirmed.sweep();
    expect(await idsOf('device')).toEqual([1, 2, ...upTo20(11)]);
    const rows = await database.query<{ id: string }>('SELECT id FROM device WHERE is_confirmed ORDER BY id');
    expect(rows.map(({ id }) => Number(id))).toEqual([1, 2]);
  });

  it('stay when they are being written to, and when they came back meanwhile', async () => {
    let sweeping: Promise<void> | undefined;
    await inTransaction(dataSource.manager, async (manager) => {
      const known = await devices.lockReporting(manager, [1, 2, 3], false);
      await devices.recordReports(manager, known!, []);
      // Those that a report has locked are passed over, and nobody waits.
      sweeping = unconfirmed.sweep();
      await sweeping;
    });
    expect(await idsOf('device')).toEqual([1, 2, 3, ...upTo20(14)]);
    await database.query('INSERT INTO device (id) SELECT generate_series(101, 110)');
    await unconfirmed.sweep();
    // The reports were long after the first sight.
    expect((await idsOf('device')).slice(0, 3)).toEqual([1, 2, 3]);
  });
});
