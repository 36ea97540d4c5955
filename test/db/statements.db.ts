import fc from 'fast-check';
import { DataSource, type EntityManager } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { inTransaction } from '../../src/database/transaction.js';
import { DeviceProgressRepository } from '../../src/devices/record/device-progress.repository.js';
import { DeviceSightingRepository } from '../../src/devices/record/device-sighting.repository.js';
import { DeviceRepository } from '../../src/devices/record/device.repository.js';
import type { DeviceSighting } from '../../src/devices/record/sightings.js';
import { ATTEMPT_STATUSES, type AttemptStatus } from '../../src/domain/ota-attempt.js';
import { LogsRepository } from '../../src/logs/logs.repository.js';
import { planAttempts, type Attempt, type DeviceReport, type Offer } from '../../src/logs/plan-attempts.js';
import { samples } from '../support/samples.js';
import { createTestDatabase } from '../support/test-database.js';

/** A database with Citus that was distributed: see docs/scale-out.md. Its devices, attempts and firmware are deleted. */
const CITUS_URL = process.env['CITUS_URL'];

/** A database that the suite may write to. */
interface Place {
  readonly url: string;
  /** Devices of one transaction: where tables are distributed, those of one shard. */
  readonly devices: readonly number[];
  /** A device that another transaction writes: where tables are distributed, one of another shard. */
  readonly elsewhere: number;
  close(): Promise<void>;
}

async function openPlain(): Promise<Place> {
  const database = await createTestDatabase();
  return { url: database.url, devices: [1, 2, 3, 4], elsewhere: 5, close: () => database.drop() };
}

async function openCitus(url: string): Promise<Place> {
  if (!new URL(url).pathname.includes('test')) throw new Error('CITUS_URL must name a database for tests.');
  const database = await new DataSource(dataSourceOptions(url)).initialize();
  await database.query('DELETE FROM device_ota_log');
  await database.query('DELETE FROM device');
  await database.query('DELETE FROM firmware');
  await database.query('SELECT recount_lists()');
  const idsWhere = async (isAlike: '=' | '<>'): Promise<number[]> => {
    const rows = await database.query<{ id: number }[]>(
      `SELECT id::bigint AS id FROM generate_series(1, 1000) AS id
        WHERE get_shard_id_for_distribution_column('device', id::bigint)
              ${isAlike} get_shard_id_for_distribution_column('device', 1::bigint)
        ORDER BY id LIMIT 4`,
    );
    return rows.map(({ id }) => id);
  };
  const [devices, [elsewhere = 0]] = [await idsWhere('='), await idsWhere('<>')];
  await database.destroy();
  return { url, devices, elsewhere, close: () => Promise.resolve() };
}

const PLACES: readonly (readonly [string, () => Promise<Place>])[] = [
  ['PostgreSQL', openPlain],
  ...(CITUS_URL === undefined ? [] : ([['Citus', () => openCitus(CITUS_URL)]] as const)),
];

const FIRMWARE = [1, 2];
type Step =
  | {
      readonly kind: 'offer' | 'report';
      readonly device: number;
      readonly firmwareId: number;
      status: AttemptStatus;
    }
  | { readonly kind: 'forget'; readonly device: number }
  | { readonly kind: 'delete' }
  | { readonly kind: 'roll back'; readonly device: number };

const device = fc.nat(3);
const firmwareId = fc.constantFrom(...FIRMWARE);
const said = fc.record({
  kind: fc.constantFrom('offer' as const, 'report' as const),
  device,
  firmwareId,
  status: fc.constantFrom(...ATTEMPT_STATUSES),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: said },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), device }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('roll back' as const), device }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'delete' as const }) },
);

describe.each(PLACES)('the statements of reports and checks on %s', (_, open) => {
  let place: Place;
  let database: DataSource;
  let logs: LogsRepository;
  let devices: DeviceRepository;
  let sightingsOnRecord: DeviceSightingRepository;
  let progress: DeviceProgressRepository;
  let at = Date.now() * 1_000;

  beforeAll(async () => {
    place = await open();
    database = await new DataSource(dataSourceOptions(place.url)).initialize();
    logs = LogsRepository.of(database.manager);
    devices = DeviceRepository.of(database.manager);
    sightingsOnRecord = DeviceSightingRepository.of(database.manager);
    progress = DeviceProgressRepository.of(database.manager);
    await database.query(
      `INSERT INTO firmware (id, device_type, version, version_sort_key, build_number, filename, file_size, file_hash,
                             binary_path)
       SELECT id, 'sensor', id || '.0.0', id::text, 1, 'f.bin', 1, repeat('a', 64), 'p' FROM unnest($1::bigint[]) AS id`,
      [FIRMWARE],
    );
  });
  afterAll(async () => {
    await database.destroy();
    await place.close();
  });

  const idOf = (index: number): number => place.devices[index] ?? 0;

  /** As a batch of reports and check-ins is written. */
  async function write(offers: readonly Offer[], reports: readonly DeviceReport[], isFailing = false) {
    const batch = [...offers, ...reports];
    const ids = [...new Set(batch.map(({ deviceId }) => deviceId))];
    return inTransaction(database.manager, async (manager) => {
      await progress.lockOrAdd(manager, ids);
      const known = await progress.lockProgress(manager, ids);
      const keys = new Map(batch.map((one) => [`${one.deviceId}:${one.firmwareId}`, one]));
      const recorded = await logs.findHistories(
        manager,
        [...keys.values()].map((one) => ({ deviceId: one.deviceId, firmwareId: one.firmwareId, depth: 64 })),
      );
      const before = new Map<Attempt, AttemptStatus>(
        recorded.map((attempt) => [attempt, attempt.record.state.status]),
      );
      const plan = planAttempts(offers, reports, recorded);
      await logs.writeAttempts(manager, plan, before);
      await progress.writeProgress(manager, known, known, at, true);
      if (isFailing) throw new Error('as if the database were away');
      return { plan, known };
    });
  }

  async function take(one: Step): Promise<void> {
    at += 1_000_000;
    if (one.kind === 'delete') {
      const all = await database.query<{ id: number; deviceId: number; firmwareId: number }[]>(
        `SELECT id, device_id AS "deviceId", firmware_id AS "firmwareId" FROM device_ota_log
          WHERE device_id = ANY($1::bigint[]) ORDER BY id LIMIT 3`,
        [place.devices],
      );
      await inTransaction(database.manager, (manager) => logs.delete(manager, all));
      return;
    }
    const deviceId = idOf(one.device);
    if (one.kind === 'forget') {
      await inTransaction(database.manager, async (manager) => {
        await logs.deleteOfDevices(manager, [deviceId]);
        await devices.delete(manager, [deviceId]);
      });
    } else if (one.kind === 'roll back') {
      const report = { deviceId, firmwareId: 1, status: 'failed' as const, at };
      await expect(write([], [report], true)).rejects.toThrow('as if');
    } else if (one.kind === 'offer') {
      await write([{ deviceId, firmwareId: one.firmwareId, at }], []);
    } else await write([], [{ deviceId, firmwareId: one.firmwareId, status: one.status, at }]);
  }

  it('leave totals that are those of the rows, whatever is reported, deleted, forgotten or rolled back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        for (const one of steps) await take(one);
        expect(await logs.hasExactTotals()).toBe(true);
        await logs.foldCounts();
        expect(await logs.hasExactTotals()).toBe(true);
      }),
      { numRuns: samples(20) },
    );
  });

  it('find the newest attempts of each device at each firmware, in the order in which they were opened', async () => {
    const deviceId = idOf(3);
    await take({ kind: 'forget', device: 3 });
    for (const status of ['success', 'failed', 'success', 'pending'] as const)
      await take({ kind: 'report', device: 3, firmwareId: 2, status });
    const find = (depth: number) =>
      logs.findHistories(database.manager, [{ deviceId, firmwareId: 2, depth }]);
    const all = await find(64);
    expect(all.map(({ record }) => record.state.status).at(-1)).toBe('pending');
    expect(all.length).toBeGreaterThan(1);
    expect((await find(1)).map(({ id }) => id)).toEqual([all.at(-1)!.id]);
    expect((await find(2)).map(({ id }) => id)).toEqual(all.slice(-2).map(({ id }) => id));
    expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).sort((a, b) => a - b));
  });

  it('write check-ins, and find those that somebody else has overwritten', async () => {
    const sightings = place.devices.map((deviceId): DeviceSighting => ({
      deviceId,
      deviceType: 'sensor',
      version: '1.0.0',
      build: 1,
      at,
      offeredId: null,
      withheld: null,
      withheldBy: null,
      address: '192.0.2.1',
      facts: null,
    }));
    const record = (changed: Partial<DeviceSighting>) =>
      inTransaction(database.manager, (manager) =>
        sightingsOnRecord.upsertSightings(
          manager,
          sightings.map((sighting) => ({ ...sighting, ...changed })),
          at,
        ),
      );
    expect(await record({})).toEqual(new Set(place.devices));
    expect(await record({ at: at - 1_000_000 })).toEqual(new Set());
    const written = place.devices.map((deviceId) => ({ deviceId, writtenAt: at }));
    expect(await sightingsOnRecord.findOverwritten(written)).toEqual(new Set());
    await record({ at: at + 1_000_000, version: '1.1.0' });
    expect(
      await sightingsOnRecord.findOverwritten([...written, { deviceId: 999_999, writtenAt: at }]),
    ).toEqual(new Set([...place.devices, 999_999]));
  });

  it('lock the rows of devices that nobody else has locked', async () => {
    const [first = 0, ...others] = place.devices;
    await inTransaction(database.manager, async (manager) => {
      await progress.lockOrAdd(manager, place.devices);
      expect(await devices.lock(manager, [first])).toEqual([first]);
    });
    await inTransaction(database.manager, async (manager) => {
      await devices.lock(manager, [first]);
      const found = await inTransaction(database.manager, (other) => devices.lockFree(other, place.devices));
      expect(found).toEqual([first]);
      expect(others.length).toBeGreaterThan(0);
    });
  });

  it('do not wait for a transaction that writes other devices', async () => {
    const writeOne = (manager: EntityManager, id: number): Promise<void> => {
      const none = new Map([[id, { update: null, successes: null }]]);
      return progress.writeProgress(manager, none, none, at, true);
    };
    const [first = 0] = place.devices;
    for (const id of [first, place.elsewhere])
      await inTransaction(database.manager, (manager) => progress.lockOrAdd(manager, [id]));
    await inTransaction(database.manager, async (manager) => {
      await writeOne(manager, first);
      const limits = { lockTimeoutMs: 1_000 };
      await inTransaction(database.manager, (other) => writeOne(other, place.elsewhere), limits);
    });
    expect(await devices.findExisting([first, place.elsewhere])).toHaveLength(2);
  });

  it('list attempts, newest first', async () => {
    await take({ kind: 'report', device: 0, firmwareId: 1, status: 'failed' });
    const { rows, total } = await logs.list({ firmwareId: 1 }, 0, 100);
    expect(rows.length).toBe(total);
    expect(rows.map(({ id }) => id)).toEqual(rows.map(({ id }) => id).sort((a, b) => b - a));
    expect((await logs.list({ deviceId: idOf(0) }, 0, 1)).rows).toHaveLength(1);
    expect((await logs.list({ status: 'failed' }, 0, 1)).rows).toHaveLength(1);
  });
});
