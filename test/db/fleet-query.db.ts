import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source.js';
import type { AppConfig } from '../../src/config/app-config.js';
import { DeviceSightingRepository } from '../../src/devices/record/device-sighting.repository.js';
import { FleetQueries } from '../../src/devices/fleet/fleet-queries.js';
import {
  DEVICE_AUTH_MODES,
  DEVICE_IDENTITIES,
  ENROLLMENTS,
  judgeDevice,
  standingOf,
  type DeviceAuthMode,
  type Standing,
} from '../../src/domain/device-access.js';
import type { Attribute } from '../../src/domain/device-facts.js';
import { DEVICE_STATUSES, deviceStatus, type DeviceStatus } from '../../src/domain/device-status.js';
import { foldName, type ResolvedFilter } from '../../src/domain/filter/filter.js';
import { matches, type FilterableDevice } from '../../src/domain/filter/matches.js';
import { parseFilter } from '../../src/domain/filter/parse-filter.js';
import { FilterFault } from '../../src/domain/filter/tokens.js';
import { resolveGroups } from '../../src/domain/filter/resolve-groups.js';
import { parseVersion, versionSortKey } from '../../src/domain/firmware-version.js';
import { ATTEMPT_STATUSES } from '../../src/domain/ota-attempt.js';
import {
  MAX_SUCCESSES_OF_ONE_FIRMWARE,
  ROLLOUT_REASONS,
  type NoUpdateReason,
  type RolloutReason,
} from '../../src/domain/update-decision.js';
import { DecisionCache } from '../../src/releases/decision-cache.js';
import { PersonalPlans, type Release, type ReleaseCatalog } from '../../src/releases/releases.exports.js';
import { sharedPlan, type PlanningRollout } from '../../src/domain/release-plan.js';
import { samples } from '../support/samples.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const NOW = Date.UTC(2030, 0, 1);
const DEVICES = 600;
const FILTERS_AT_ONCE = 20;
const STATEMENTS = samples(25);

const RELEASES = [
  { id: 1, deviceType: 'scales', versionText: '1.2.0', build: 2, floor: null, offerToUnparsable: false },
  { id: 2, deviceType: 'scales', versionText: '2.0.0', build: 1, floor: '1.2.0', offerToUnparsable: false },
  { id: 3, deviceType: 'lamp', versionText: '1.0.0', build: 1, floor: null, offerToUnparsable: true },
  { id: 4, deviceType: 'high', versionText: '9.0.0', build: 1, floor: '8.0.0', offerToUnparsable: false },
].map(
  ({ floor, ...release }) =>
    ({
      ...release,
      version: parseVersion(release.versionText),
      floor: floor && parseVersion(floor),
    }) as Release,
);
const TYPES = ['scales', 'lamp', 'high', 'Lamp', 'without-releases'];
const CATALOG = new DecisionCache<Release>(
  new Map(TYPES.map((type) => [type, sharedPlan(RELEASES.filter(({ deviceType }) => deviceType === type))])),
);

/** Brought by rollouts to some of these types. */
const BROUGHT = [
  { id: 5, deviceType: 'lamp', versionText: '1.10.0', build: 1 },
  { id: 6, deviceType: 'without-releases', versionText: '2.0.0', build: 1 },
  { id: 8, deviceType: 'lamp', versionText: '1.11.0', build: 1 },
  { id: 9, deviceType: 'without-releases', versionText: '2.1.0', build: 1 },
  { id: 10, deviceType: 'high', versionText: '9.1.0', build: 1 },
] as Release[];
/** By rollouts that were stopped. */
const STOPPED = [8, 9];
const PERSONAL = new PersonalPlans();
PERSONAL.use((type) => {
  const brought = BROUGHT.filter(({ deviceType }) => deviceType === type);
  if (brought.length === 0) return null;
  const forAll = CATALOG.planOf(type).releases.map((release) => ({ release, rollout: null }));
  const rolloutOf = ({ id }: Release): PlanningRollout => ({
    id,
    allowDowngrade: false,
    isStopped: STOPPED.includes(id),
  });
  return [...brought.map((release) => ({ release, rollout: rolloutOf(release) })), ...forAll];
});

const VERSIONS = [
  '1.0.0',
  'v1.2.0',
  '1.2.0-rc.1',
  '1.10.0',
  '2.0.0',
  '8.1',
  'abc1234',
  '%',
  "'; --",
  '\uFFFD',
];
const NAMES = [
  'Munich 7',
  'münchen',
  'MU\u0308NCHEN',
  'İstanbul',
  'straße',
  '100%',
  '100 kg',
  'a_b',
  'axb',
  '\\',
  '"',
  '日本 1',
  '\u{1F600}x',
  '24:6f:28',
];
const TAGS = ['lab', 'beta', 'a b', '%', 'İ'];
const KEYS = ['hw_revision', 'chip_revision', 'rssi', 'a', 'constructor'];
const ATTRIBUTES: readonly Attribute[] = [
  ...[
    'B',
    '',
    '1',
    '1.0',
    '0.4',
    '-70',
    '1e3',
    '0x10',
    '٣',
    ' 1',
    '%',
    'true',
    'null',
    "it's",
    '123456789012345678',
  ],
  ...[0, -0, 1, 0.4, -70, 1e21, 1e-7, 5e-324, 0.1 + 0.2, Number.MAX_VALUE, 123_456_789.123_456],
  ...[true, false],
];
const SECONDS = [1, 59, 1_800, 3_600, 7_200, 86_400, 604_800];

const some = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary);
/** At, just before and just after the limits of rules and filters. */
const momentAgo = fc
  .tuple(some([0, 1_800, 3_600, 5_400, 10_800, 86_400, ...SECONDS]), some([-1, 0, 1]))
  .map(([seconds, offset]) => NOW - seconds * 1_000 + offset);
const attributes = fc.dictionary(some(KEYS), some(ATTRIBUTES), { maxKeys: 3 });

interface Row {
  readonly id: number;
  readonly name: string | null;
  readonly type: string | null;
  readonly running: { readonly version: string; readonly build: number } | null;
  readonly channel: string;
  readonly tags: string[];
  readonly own: Readonly<Record<string, Attribute>> | null;
  readonly operator: Readonly<Record<string, Attribute>> | null;
  readonly lastSeenAt: number;
  readonly checkInterval: number | null;
  readonly learntInterval: number | null;
  readonly successes: Readonly<Record<string, number>> | null;
  readonly offeredId: number | null;
  readonly withheld: RolloutReason | null;
  readonly withheldBy: number | null;
  readonly update: {
    readonly status: (typeof ATTEMPT_STATUSES)[number];
    readonly isRolledBack: boolean;
    readonly changedAt: number;
  } | null;
  readonly access: {
    readonly identity: (typeof DEVICE_IDENTITIES)[number];
    readonly enrollment: (typeof ENROLLMENTS)[number];
    readonly isBlocked: boolean;
  } | null;
  readonly groups: number[];
}

const row: fc.Arbitrary<Row> = fc
  .record({
    id: fc.oneof(
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 0x246f28000000, max: 0x246f28ffffff }),
      fc.maxSafeNat().map((id) => id || 1),
    ),
    name: orNull(some(NAMES)),
    type: orNull(some(TYPES)),
    running: orNull(fc.record({ version: some(VERSIONS), build: fc.integer({ min: 0, max: 3 }) })),
    channel: some(['stable', 'beta', 'Beta']),
    tags: fc.uniqueArray(some(TAGS), { maxLength: 2 }),
    own: orNull(attributes),
    operator: orNull(attributes),
    lastSeenAt: fc.oneof(momentAgo, fc.constant(NOW)),
    checkInterval: orNull(some([60, 600, 1_800, 3_600, 2_592_000])),
    learntInterval: orNull(some([60, 3_600, 2_147_483_647])),
    offeredId: orNull(some([1, 3, 5, 6, 7, 8, 9])),
    withheld: orNull(some(ROLLOUT_REASONS)),
    // The rollouts that have the ids of what they bring, and one that has ended.
    withheldBy: orNull(some([5, 6, 8, 9, 10, 11])),
    successes: orNull(
      fc.dictionary(
        some(['1', '2', '3', '4', '5', '6']),
        fc.integer({ min: 1, max: MAX_SUCCESSES_OF_ONE_FIRMWARE }),
      ),
    ),
    update: orNull(
      fc.record({
        status: some([...ATTEMPT_STATUSES, 'failed'] as const),
        isRolledBack: fc.boolean(),
        changedAt: momentAgo,
      }),
    ),
    access: fc.oneof(
      fc.constant(null),
      fc.record({
        identity: some(DEVICE_IDENTITIES),
        enrollment: some(ENROLLMENTS),
        isBlocked: fc.boolean(),
      }),
    ),
    groups: fc.uniqueArray(some([1, 2]), { maxLength: 2 }),
  })
  .map((one) => ({ ...one, running: one.type === null ? null : one.running }));

/** What memory says of a device. */
interface Seen extends FilterableDevice {
  readonly standing: Standing;
  readonly reason: NoUpdateReason | null;
  readonly desiredVersion: string | null;
  readonly status: DeviceStatus;
}

/** The last check may have been answered before the rollout that was why was stopped or resumed, or has ended. */
function reasonNow({ withheld, withheldBy }: Row): RolloutReason | null {
  if (withheldBy === null) return withheld;
  if (!BROUGHT.some(({ id }) => id === withheldBy)) return null;
  const isStopped = STOPPED.includes(withheldBy);
  if (withheld === 'rollout_paused' && !isStopped) return 'rollout_waiting';
  const mayMove = withheld === 'rollout_waiting' || withheld === 'outside_window';
  return mayMove && isStopped ? 'rollout_paused' : withheld;
}

/** By the last check where rollouts decide, by what is for everybody otherwise. */
function calledFor(one: Row): { release: Release | null; reason: NoUpdateReason | null } {
  const { running, type, offeredId } = one;
  if (!running) return { release: null, reason: null };
  const plan = PERSONAL.planOf(type!);
  const offered = plan?.find(({ release }) => release.id === offeredId);
  const isStopped = STOPPED.includes(offered?.release.id ?? 0);
  if (offered && !isStopped) return { release: offered.release, reason: null };
  const withheld = plan && !offered ? reasonNow(one) : null;
  if (withheld) return { release: null, reason: withheld };
  const decision = CATALOG.decide({ deviceType: type!, ...running });
  if (decision.kind === 'offer') return { release: decision.release, reason: null };
  const runsBrought = plan?.some(
    ({ release }) => release.versionText === running.version && release.build === running.build,
  );
  if (isStopped) return { release: null, reason: 'rollout_paused' };
  const isUpToDate = runsBrought && decision.reason === 'no_release';
  return { release: null, reason: isUpToDate ? 'up_to_date' : decision.reason };
}

function seen(mode: DeviceAuthMode, one: Row): Seen {
  const access = one.access ?? { identity: 'none', enrollment: 'none', isBlocked: false };
  const state = { ...access, epoch: 0, isTokenUsed: false };
  const standing = judgeDevice(mode, one.id, one.id, state) as Standing;
  const { release, reason: unserved } = calledFor(one);
  const isLooping = release !== null && (one.successes?.[release.id] ?? 0) >= MAX_SUCCESSES_OF_ONE_FIRMWARE;
  const answer = isLooping ? 'update_loop' : unserved;
  const standings = {
    blocked: 'device_blocked',
    rejected: 'device_blocked',
    pending: 'device_pending',
    admitted: answer,
  } as const;
  const reason = standings[standing];
  const condition = {
    standing: standingOf(state),
    hasChecked: one.running !== null,
    lastSeenAt: one.lastSeenAt,
    checkInterval: one.checkInterval ?? one.learntInterval,
    reason,
    lastUpdate: one.update,
  };
  return {
    id: one.id,
    name: one.name,
    deviceType: one.type,
    version: one.running && {
      text: one.running.version,
      sortKey: versionSortKey(parseVersion(one.running.version)),
    },
    build: one.running?.build ?? null,
    channel: one.channel,
    tags: one.tags,
    groups: one.groups,
    standing,
    status: deviceStatus(condition, NOW),
    reason,
    desiredVersion: release?.versionText ?? null,
    identity: access.identity,
    attributes: new Map(Object.entries({ ...one.own, ...one.operator })),
    lastSeenAt: one.lastSeenAt,
  };
}

async function insert(database: TestDatabase, rows: readonly Row[]): Promise<void> {
  await database.query(
    `INSERT INTO device (id, name, folded_name, device_type, current_version, version_sort_key, current_build, channel, tags,
            own_attributes, operator_attributes, last_seen_at, check_interval, learnt_interval, update_successes, update_status,
            is_rolled_back, update_changed_at, offered_firmware_id, withheld_reason, withheld_by)
     SELECT id, name, folded, type, version, key, build, channel, ARRAY(SELECT jsonb_array_elements_text(tags)), own, operator,
            to_timestamp(seen / 1000.0), interval, learnt, successes, status, coalesce(rolled_back, false), to_timestamp(changed / 1000.0),
            offered, withheld, withheld_by
       FROM jsonb_to_recordset($1) AS given (id bigint, name text, folded text, type text, version text, key text, build int,
            channel text, tags jsonb, own jsonb, operator jsonb, seen bigint, interval int, learnt int, successes jsonb,
            status text, rolled_back boolean, changed bigint, offered bigint, withheld text, withheld_by bigint)`,
    [
      JSON.stringify(
        rows.map(({ running, update, ...one }) => ({
          ...one,
          folded: one.name === null ? null : foldName(one.name),
          version: running?.version,
          key: running && versionSortKey(parseVersion(running.version)),
          build: running?.build,
          seen: one.lastSeenAt,
          interval: one.checkInterval,
          learnt: one.learntInterval,
          status: update?.status,
          rolled_back: update?.isRolledBack,
          changed: update?.changedAt,
          offered: one.offeredId,
          withheld_by: one.withheldBy,
        })),
      ),
    ],
  );
  await database.query(
    `INSERT INTO device_access (device_id, identity, enrollment, is_blocked)
     SELECT * FROM jsonb_to_recordset($1) AS given (id bigint, identity text, enrollment text, blocked boolean)`,
    [
      JSON.stringify(
        rows.flatMap(({ id, access }) => (access ? [{ id, ...access, blocked: access.isBlocked }] : [])),
      ),
    ],
  );
  await database.query(
    `INSERT INTO device_group_member SELECT "group", device FROM jsonb_to_recordset($1) AS given ("group" bigint, device bigint)`,
    [JSON.stringify(rows.flatMap(({ id, groups }) => groups.map((group) => ({ group, device: id }))))],
  );
}

/** In quotes where a filter has a meaning of its own for it. */
const written = (value: string): string =>
  /^[\w.]+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
const range = (values: readonly (string | number)[]): fc.Arbitrary<string> =>
  fc.oneof(
    some(values).map(String),
    fc.tuple(some(['<', '<=', '>', '>=']), some(values)).map(([sign, value]) => `${sign}${value}`),
    fc.tuple(some(['*', ...values]), some(['*', ...values])).map(([from, to]) => `${from}..${to}`),
  );
const VALUES = ATTRIBUTES.map(String);
const NUMBERS = [0, 1, -70, 0.4, 0.3, 1.5, 123_456_789, 999_999_999_999_999];
/** A range that holds nothing is refused. */
function holdsSomething(filter: string): boolean {
  try {
    return Boolean(parseFilter(filter));
  } catch (error) {
    if (error instanceof FilterFault && error.expected.startsWith('a range')) return false;
    throw error;
  }
}
const term = (ids: readonly number[]): fc.Arbitrary<string> =>
  fc.oneof(
    some(TYPES).map((type) => `type:${type}`),
    range(VERSIONS.filter((version) => parseVersion(version))).map((value) => `version:${value}`),
    some(VERSIONS).map((version) => `version:${written(version)}`),
    range([0, 1, 2, 3]).map((value) => `build:${value}`),
    some(TAGS).map((tag) => `tag:${written(tag)}`),
    some(['stable', 'beta', 'none']).map((channel) => `channel:${channel}`),
    some(['one', 'TWO', 'young', 'nobody']).map((group) => `group:${group}`),
    fc
      .tuple(some(KEYS), some(VALUES.filter((value) => value !== '')))
      .map(([key, value]) => `attr.${key}:${written(value)}`),
    fc.tuple(some(KEYS), range(NUMBERS)).map(([key, value]) => `attr.${key}:${value}`),
    some(SECONDS).map((seconds) => `seen:${seconds}s`),
    some(DEVICE_STATUSES).map((status) => `status:${status}`),
    some(DEVICE_IDENTITIES).map((identity) => `identity:${identity}`),
    range(ids).map((value) => `id:${value}`),
    some(['id:*00', 'id:*17', 'id:*a1', 'id:*0042', 'id:*28:00:00:0a']),
    some(['24:6f:28', '24:6f:28:8', '1', '24', '9', '0', '40']),
    fc.tuple(some(NAMES), fc.nat(8)).map(([name, length]) =>
      written(
        Array.from(name)
          .slice(0, length + 1)
          .join(''),
      ),
    ),
  );
const filterText = (ids: readonly number[]): fc.Arbitrary<string> =>
  fc.letrec<{ filter: string; part: string }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      tie('part'),
      fc.array(tie('part'), { maxLength: 4 }).map((parts) => parts.join(' ')),
      fc.array(tie('part'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(' OR ')),
    ),
    part: fc
      .tuple(
        fc.boolean(),
        fc.oneof(
          { maxDepth: 3 },
          term(ids).filter(holdsSomething),
          tie('filter').map((filter) => (filter === '' ? 'a' : `(${filter})`)),
        ),
      )
      .map(([isNegated, part]) => (isNegated ? `-${part}` : part)),
  })).filter;

const YOUNG = parseFilter('seen:1h -tag:lab') as ResolvedFilter;
const resolved = (text: string): ResolvedFilter =>
  resolveGroups(parseFilter(text), (name) => {
    if (name === 'young') return YOUNG;
    return name === 'nobody' ? undefined : { kind: 'member', groupId: name === 'one' ? 1 : 2 };
  });

describe('the devices as people see them', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let sightings: DeviceSightingRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
    sightings = DeviceSightingRepository.of(dataSource.manager);
    await database.query(
      `INSERT INTO device_group (name, folded_name) VALUES ('one', 'one'), ('two', 'two')`,
    );
  });
  beforeEach(() => database.query('TRUNCATE device, device_access, device_group_member, device_ota_log'));
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const fleetOf = (mode: DeviceAuthMode): FleetQueries =>
    new FleetQueries(
      { devices: { auth: mode } } as AppConfig,
      sightings,
      CATALOG as unknown as ReleaseCatalog,
      PERSONAL,
    );
  const fleet = fc.uniqueArray(row, { minLength: DEVICES, maxLength: DEVICES, selector: ({ id }) => id });

  it.each(DEVICE_AUTH_MODES)('are in the database as in memory, where identities are %s', async (mode) => {
    const [rows] = fc.sample(fleet, 1);
    await insert(database, rows!);
    const query = await fleetOf(mode).query(undefined, new Date(NOW));
    const columns = (
      ['id', 'standing', 'status', 'reason', 'desiredVersion', 'identity', 'attributes'] as const
    ).map((name) => `${query.column(name)} AS "${name}"`);
    const found = await dataSource.query<object[]>(
      `SELECT ${columns.join(', ')} ${query.from} ORDER BY d.id`,
      query.parameters,
    );
    const expected = rows!
      .map((one) => seen(mode, one))
      .map(({ id, standing, status, reason, desiredVersion, identity, attributes }) => ({
        ...{ id, standing, status, reason, desiredVersion, identity },
        attributes: Object.fromEntries([...attributes].map(([key, value]) => [key, value === 0 ? 0 : value])),
      }))
      .sort((a, b) => a.id - b.id);
    expect(found).toEqual(expected);
    // The sample has all there is, or the test would show little.
    expect(new Set(expected.map(({ status }) => status)).size).toBe(DEVICE_STATUSES.length);
  });

  it.each(DEVICE_AUTH_MODES)('are found by a filter as in memory, where identities are %s', async (mode) => {
    const [rows] = fc.sample(fleet, 1);
    await insert(database, rows!);
    const known = rows!.map((one) => seen(mode, one)).sort((a, b) => a.id - b.id);
    const fleetQueries = fleetOf(mode);
    const texts = fc.array(filterText(rows!.slice(0, 20).map(({ id }) => id)), {
      minLength: FILTERS_AT_ONCE,
      maxLength: FILTERS_AT_ONCE,
    });
    await fc.assert(
      fc.asyncProperty(texts, async (given) => {
        const filters = given.map(resolved);
        const query = await fleetQueries.query(undefined, new Date(NOW));
        const answers = filters.map((filter) => `coalesce(${query.where(filter)}, false)`);
        const found = await dataSource.query<{ answers: boolean[] }[]>(
          `SELECT ARRAY[${answers.join(', ')}] AS answers ${query.from} ORDER BY d.id`,
          query.parameters,
        );
        const expected = known.map((device) => filters.map((filter) => matches(filter, device, NOW)));
        expect(found.map((device) => device.answers)).toEqual(expected);
        // One alone, as in a list, where an index may serve it.
        const alone = await fleetQueries.query(undefined, new Date(NOW));
        const where = alone.where(filters[0]!);
        const ids = await dataSource.query<{ id: number }[]>(
          `SELECT d.id ${alone.from} WHERE ${where} ORDER BY d.id`,
          alone.parameters,
        );
        expect(ids.map(({ id }) => id)).toEqual(
          known.filter((_device, index) => expected[index]![0]).map(({ id }) => id),
        );
      }),
      { numRuns: STATEMENTS },
    );
  });
});
