import fc from 'fast-check';
import { DataSource } from 'typeorm';
import type { DatabaseClock } from '../../src/database/database-clock.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { inTransaction } from '../../src/database/transaction.js';
import { DeviceDescriptionRepository } from '../../src/devices/record/device-description.repository.js';
import { DeviceProgressRepository } from '../../src/devices/record/device-progress.repository.js';
import { DeviceSightingRepository } from '../../src/devices/record/device-sighting.repository.js';
import { DeviceRepository } from '../../src/devices/record/device.repository.js';
import { SightingObservers } from '../../src/devices/sighting-observers.js';
import { DevicesService, type DeviceRecord, type DeviceSighting } from '../../src/devices/devices.service.js';
import type { DeviceAccess } from '../../src/devices/identity/device-access.service.js';
import { PLAIN } from '../../src/domain/device-access.js';
import type { ReportedFacts } from '../../src/domain/device-facts.js';
import { silenceOf } from '../../src/domain/device-status.js';
import { parseVersion, versionSortKey } from '../../src/domain/firmware-version.js';
import { EventEntity } from '../../src/events/event.entity.js';
import { EventLog } from '../../src/events/event-log.js';
import { EventRepository } from '../../src/events/event.repository.js';
import { samples } from '../support/samples.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const SECOND = 1_000_000;
const HOUR = 3_600 * SECOND;
const START = Date.UTC(2026, 0, 1) * 1_000;

/** What check-ins make of the rows of devices, whichever server writes them, and whenever. */
describe('the row of a device that checks', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let devices: DevicesService;
  let nextId = 1;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
    const access = { stateOf: () => PLAIN } as unknown as DeviceAccess;
    const events = new EventLog(new EventRepository(dataSource.getRepository(EventEntity)));
    devices = new DevicesService(
      DeviceRepository.of(dataSource.manager),
      DeviceSightingRepository.of(dataSource.manager),
      DeviceProgressRepository.of(dataSource.manager),
      DeviceDescriptionRepository.of(dataSource.manager),
      access,
      events,
      new SightingObservers(),
      { now: () => Date.now() * 1_000 } as DatabaseClock,
    );
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const write = (sightings: readonly DeviceSighting[]): Promise<ReadonlySet<number>> =>
    inTransaction(dataSource.manager, (manager) => devices.recordCheckIns(manager, sightings));
  const sighting = (deviceId: number, change: Partial<DeviceSighting>): DeviceSighting => ({
    deviceId,
    deviceType: 'sensor',
    version: '1.0.0',
    build: 1,
    at: START,
    offeredId: null,
    withheld: null,
    withheldBy: null,
    address: null,
    facts: null,
    ...change,
  });
  /** One device, one write after the other. */
  const after = async (...changes: readonly Partial<DeviceSighting>[]): Promise<DeviceRecord> => {
    const deviceId = nextId++;
    for (const change of changes) await write([sighting(deviceId, change)]);
    return (await devices.find(deviceId))!;
  };
  const report = (deviceId: number): Promise<unknown> =>
    inTransaction(dataSource.manager, async (manager) => {
      const known = await devices.lockReporting(manager, [deviceId], true);
      await devices.recordReports(manager, known!, []);
    });
  const saying = (facts: ReportedFacts, at: number): Partial<DeviceSighting> => ({ facts, at: START + at });

  it('is null of a device that never checked', async () => {
    expect(await devices.find(nextId++)).toBeNull();
  });

  it('holds all that it says', async () => {
    const attributes = new Map(Object.entries({ chip: 'ESP32', rssi: -61, outdoor: true }));
    const facts = {
      elfSha256: 'ab'.repeat(32),
      bootId: 2 ** 32 - 1,
      checkInterval: 60,
      acceptsDowngrade: true,
    };
    const record = await after({
      version: 'v1.2.3',
      build: 7,
      offeredId: 3,
      facts: { ...facts, attributes },
    });
    expect(record).toMatchObject({
      deviceType: 'sensor',
      version: { text: 'v1.2.3', sortKey: versionSortKey(parseVersion('1.2.3')) },
      build: 7,
      offeredFirmwareId: 3,
      elfSha256: facts.elfSha256,
      recentBootIds: [facts.bootId],
      checkInterval: 60,
      saysInterval: true,
      acceptsDowngrade: true,
      ownAttributes: attributes,
      channel: 'stable',
      update: null,
      access: PLAIN,
      firstSeenAt: START / 1_000,
      lastSeenAt: START / 1_000,
      lastCheckedAt: START / 1_000,
    });
    expect((await after({ version: 'abc1234' })).version).toEqual({ text: 'abc1234', sortKey: '' });
  });

  it('keeps what a check leaves out, but for the image of another version', async () => {
    const all = { elfSha256: 'abcdabcd', checkInterval: 60, acceptsDowngrade: true, bootId: 1 };
    const attributes = new Map([['chip', 'ESP32']]);
    const first = saying({ ...all, attributes }, 0);
    expect(await after(first, { at: START + 1 })).toMatchObject({
      ...{ elfSha256: 'abcdabcd' },
      checkInterval: 60,
      acceptsDowngrade: true,
      recentBootIds: [1],
      ownAttributes: attributes,
    });
    expect(await after(first, { at: START + 1, version: '1.0.1' })).toMatchObject({
      elfSha256: null,
      checkInterval: 60,
      ownAttributes: attributes,
    });
    // Whoever says anything and not this does not accept it.
    expect(await after(first, saying({ bootId: 1 }, 1))).toMatchObject({
      acceptsDowngrade: false,
      ownAttributes: attributes,
    });
  });

  it('takes the attributes as a whole', async () => {
    const [both, one] = [
      new Map([
        ['chip', 'a'],
        ['site', 'b'],
      ]),
      new Map([['chip', 'a']]),
    ];
    expect(
      (await after(saying({ attributes: both }, 0), saying({ attributes: one }, 1))).ownAttributes,
    ).toEqual(one);
  });

  it('begins anew with another device type', async () => {
    const first = saying(
      { elfSha256: 'abcdabcd', checkInterval: 60, attributes: new Map([['chip', 'a']]) },
      0,
    );
    const record = await after(first, { deviceType: 'lamp', at: START + HOUR });
    expect(record).toMatchObject({
      deviceType: 'lamp',
      elfSha256: null,
      checkInterval: null,
      ownAttributes: new Map(),
    });
  });

  it('keeps why a rollout withheld its firmware, as the newest check was answered', async () => {
    const withheldOf = async (...changes: Partial<DeviceSighting>[]): Promise<unknown> => {
      const { deviceId } = await after(...changes);
      const [row] = await database.query(
        'SELECT withheld_reason AS withheld, withheld_by AS "withheldBy" FROM device WHERE id = $1',
        [deviceId],
      );
      return row;
    };
    const waiting = { withheld: 'rollout_waiting', withheldBy: 7 } as const;
    const paused = { withheld: 'rollout_paused', withheldBy: 8 } as const;
    const nothing = { withheld: null, withheldBy: null };
    expect(await withheldOf(waiting)).toEqual(waiting);
    expect(await withheldOf(waiting, { ...paused, at: START + 1 })).toEqual(paused);
    expect(await withheldOf(waiting, { at: START + 1, offeredId: 1 })).toEqual(nothing);
    expect(await withheldOf({ ...waiting, at: START + 1 }, { ...paused, at: START })).toEqual(waiting);
  });

  it('keeps the last address that is known', async () => {
    const addressOf = async (...changes: Partial<DeviceSighting>[]): Promise<unknown> => {
      const { deviceId } = await after(...changes);
      const [row] = await database.query('SELECT host(last_address) AS address FROM device WHERE id = $1', [
        deviceId,
      ]);
      return (row as { address: unknown }).address;
    };
    const [one, other] = [{ address: '192.0.2.1' }, { address: '2001:db8::1' }];
    expect(await addressOf({})).toBeNull();
    expect(await addressOf(one, { ...other, at: START + 1 })).toBe('2001:db8::1');
    expect(await addressOf(one, { at: START + 1 })).toBe('192.0.2.1');
    expect(await addressOf({ ...one, at: START + 1 }, { ...other, at: START })).toBe('192.0.2.1');
  });

  it.each<[string, Partial<DeviceSighting>, object | null]>([
    ['is offered a firmware', { offeredId: 1 }, { 1: 2 }],
    ['waits for a rollout', { withheld: 'outside_window' }, { 1: 2 }],
    ['has nothing to install', {}, null],
  ])('counts what it installed as long as it %s', async (_what, change, expected) => {
    const { deviceId } = await after({});
    await database.query(`UPDATE device SET update_successes = '{"1": 2}' WHERE id = $1`, [deviceId]);
    await write([sighting(deviceId, { ...change, at: START + HOUR })]);
    const rows = await database.query('SELECT update_successes AS counted FROM device WHERE id = $1', [
      deviceId,
    ]);
    expect(rows).toEqual([{ counted: expected }]);
  });

  describe('of which two servers write check-ins in any order', () => {
    const facts = fc.record({
      elfSha256: fc.constantFrom('aaaaaaaa', 'bbbbbbbb'),
      checkInterval: fc.integer({ min: 1, max: 5 }),
      acceptsDowngrade: fc.boolean(),
      attributes: fc.integer({ min: 0, max: 5 }).map((rssi) => new Map([['rssi', rssi]])),
    });
    const change = fc.record({
      deviceType: fc.constantFrom('sensor', 'lamp'),
      version: fc.constantFrom('1.0.0', '1.1.0', 'abc'),
      build: fc.integer({ min: 1, max: 3 }),
      at: fc.integer({ min: 0, max: 1_000 }).map((at) => START + at),
      facts,
    });
    const inAnyOrder = fc.uniqueArray(change, { selector: ({ at }) => at, minLength: 2, maxLength: 6 });

    it('is what the newest says', async () => {
      await fc.assert(
        fc.asyncProperty(inAnyOrder, async (changes) => {
          const record = await after(...changes);
          const newest = changes.reduce((one, other) => (one.at > other.at ? one : other));
          expect(record).toMatchObject({
            deviceType: newest.deviceType,
            version: { text: newest.version },
            build: newest.build,
            elfSha256: newest.facts.elfSha256,
            checkInterval: newest.facts.checkInterval,
            acceptsDowngrade: newest.facts.acceptsDowngrade,
            ownAttributes: newest.facts.attributes,
            lastSeenAt: Math.floor(newest.at / 1_000),
          });
        }),
        { numRuns: samples(40) },
      );
    });

    it('is what the newest says when both write at once', async () => {
      const ids = Array.from({ length: 50 }, () => nextId++);
      const both = [1, 2].map((server) =>
        Promise.all(
          [1, 2, 3].map((n) =>
            write(ids.map((id) => sighting(id, { build: 2 * n + server, at: START + 2 * n + server }))),
          ),
        ),
      );
      await Promise.all(both);
      for (const id of ids) expect((await devices.find(id))?.build).toBe(8);
    });
  });

  it('is said by a check that came before a report and is written after it', async () => {
    const deviceId = nextId++;
    await report(deviceId);
    await write([sighting(deviceId, { at: START, facts: { checkInterval: 60 } })]);
    expect(await devices.find(deviceId)).toMatchObject({ version: { text: '1.0.0' }, checkInterval: 60 });
  });

  it('is taken from the first check after the clock was set back, and so are the times', async () => {
    const deviceId = nextId++;
    const [now, future] = [Date.now() * 1_000, (Date.now() + 30 * 24 * 3_600_000) * 1_000];
    await write([sighting(deviceId, { at: future, offeredId: 1 })]);
    await write([sighting(deviceId, { at: now, version: '1.0.1', offeredId: 2 })]);
    expect(await devices.find(deviceId)).toMatchObject({
      version: { text: '1.0.1' },
      offeredFirmwareId: 2,
      lastSeenAt: Math.floor(now / 1_000),
      lastCheckedAt: Math.floor(now / 1_000),
    });
  });

  it('is seen now by a report after the clock was set back', async () => {
    const deviceId = nextId++;
    const future = Date.now() + 30 * 24 * 3_600_000;
    await write([sighting(deviceId, { at: future * 1_000 })]);
    await report(deviceId);
    expect((await devices.find(deviceId))!.lastSeenAt).toBeLessThan(future - 24 * 3_600_000);
  });

  it('is written by the newest check only, and events are of what is written', async () => {
    const [one, other] = [nextId++, nextId++];
    expect(await write([sighting(one, { at: START + 1 })])).toEqual(new Set([one]));
    const late = { at: START, version: '0.9.0' };
    expect(await write([sighting(one, late), sighting(other, late)])).toEqual(new Set([other]));
    const events = await database.query<{ type: string; entity: string }>(
      'SELECT type, entity FROM event WHERE entity = ANY($1) ORDER BY entity',
      [[`device:${one}`, `device:${other}`]],
    );
    expect(events.map(({ type }) => type)).toEqual(['device.new', 'device.new']);
  });

  describe('and its boots', () => {
    const boots = (...all: readonly (number | [id: number, at: number])[]): Promise<DeviceRecord> =>
      after(
        ...all.map((boot, index) =>
          typeof boot === 'number'
            ? saying({ bootId: boot }, index * HOUR)
            : saying({ bootId: boot[0] }, boot[1]),
        ),
      );

    it('are the newest four', async () => {
      expect(await boots(1, 1, 2, 3, 4, 5, 5)).toMatchObject({
        recentBootIds: [5, 4, 3, 2],
        bootIdsAlternatedAt: null,
      });
    });

    it('alternate when two devices have one id', async () => {
      const alternatedAt = (START + 2 * HOUR) / 1_000;
      expect(await boots(1, 2, 1)).toMatchObject({
        recentBootIds: [1, 2],
        bootIdsAlternatedAt: alternatedAt,
      });
      expect((await boots(1, 2, 1, 3, 3)).bootIdsAlternatedAt).toBe(alternatedAt);
      expect((await boots(1, 2, 3, 1)).bootIdsAlternatedAt).toBe((START + 3 * HOUR) / 1_000);
    });

    it('do not alternate when a check of the last one is written late', async () => {
      expect(await boots([1, 0], [2, 2 * HOUR], [1, HOUR])).toMatchObject({
        recentBootIds: [2, 1],
        bootIdsAlternatedAt: null,
      });
    });
  });

  describe('and its interval', () => {
    /** Gaps in seconds. */
    const learnt = async (
      gaps: readonly number[],
      change: (index: number) => Partial<DeviceSighting> = () => ({}),
    ) => {
      let at = START;
      const checks = gaps.map((gap, index) => ({ ...change(index + 1), at: (at += gap * SECOND) }));
      return (await after({ ...change(0), at: START }, ...checks)).checkInterval;
    };
    const hourly = (count: number): number[] => new Array<number>(count).fill(3_600);

    it.each<[string, number[], number | null]>([
      ['is not known of one that was seen once', [], null],
      ['is the first gap', [3_600], 3_600],
      ['is a day at most at first', [604_800], 86_400],
      ['is not learnt from a check that is repeated at once', [20], null],
      ['is five minutes at least, once a day has passed', [20, 86_400], 86_400],
      ['hardly follows an outage of a week', [...hourly(3), 604_800], 4_500],
      ['is what it was soon after it', [...hourly(3), 604_800, ...hourly(5)], 3_600],
      ['hardly follows a check that a restart brings forward', [...hourly(3), 400], 3_420],
      ['becomes longer', [...hourly(2), ...new Array<number>(15).fill(86_400)], 86_400],
      ['becomes shorter', [86_400, ...hourly(70)], 3_600],
    ])('%s', async (_what, gaps, expected) => {
      expect(await learnt(gaps)).toBe(expected);
    });

    it('is not the time that an update takes', async () => {
      expect(await learnt([600], (index) => ({ version: `1.0.${index}` }))).toBeNull();
      expect(await learnt([3_600, 600], (index) => ({ build: Math.max(1, index) }))).toBe(3_600);
    });

    it('is not the time until a restart, unless the device restarts before each check', async () => {
      const restarting = (index: number): Partial<DeviceSighting> => ({ facts: { bootId: index } });
      expect(await learnt([600], restarting)).toBeNull();
      expect(await learnt(hourly(26), restarting)).toBe(3_600);
    });

    it('never makes a device silent that asks as it always does, however rarely its checks are written', async () => {
      const FRESH = 300;
      const every = fc.integer({ min: 10, max: 7 * 86_400 });
      const jitter = fc.array(fc.double({ min: 0.9, max: 1.1, noNaN: true }), {
        minLength: 12,
        maxLength: 12,
      });
      await fc.assert(
        fc.asyncProperty(every, jitter, async (interval, factors) => {
          const gaps: number[] = [];
          // Checks that are not written make one gap of several.
          for (const factor of factors) {
            let gap = interval * factor;
            while (gap <= FRESH) gap += interval * factor;
            gaps.push(Math.ceil(gap));
          }
          const seconds = await learnt(gaps);
          expect(silenceOf(seconds)).toBeGreaterThan(
            Math.max(...gaps.slice(-1)) * (interval > 86_400 ? 0.4 : 1),
          );
        }),
        { numRuns: samples(40) },
      );
    });
  });
});
