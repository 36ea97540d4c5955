import { Injectable, Optional } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import type { RunningGroup } from '../domain/audience.js';
import { Shards } from '../database/shards.js';
import { inTransaction } from '../database/transaction.js';
import { MAX_TAGS, type OperatorFacts } from '../domain/device-change.js';
import type { DeviceProgress, DeviceUpdate, SuccessCounts } from '../domain/device-update.js';
import { askedAttributes, type AskedFacts, type TargetFacts } from '../domain/filter/asked-facts.js';
import { foldName } from '../domain/filter/filter.js';
import type { Instant } from '../domain/instant.js';
import { ENDED_STATUSES, type AttemptStatus } from '../domain/ota-attempt.js';
import { MAX_SUCCESSES_OF_ONE_FIRMWARE } from '../domain/update-decision.js';
import type { RunningFirmware } from '../releases/releases.exports.js';
import { DeviceEntity } from './device.entity.js';
import {
  aheadOf,
  changesAt,
  seenAt,
  SIGHTING_COLUMNS,
  SIGHTING_ROWS,
  sightingParameters,
  type DeviceSighting,
} from './sightings.js';

/** A device that is seen later than this after its first sight has come back. */
const MINUTES_OF_FIRST_SIGHT = 10;

const RUNNING = 'device_type, current_version, current_build';

/** A device that is not known to be confirmed. */
export interface UnconfirmedDevice {
  readonly id: number;
  /** It was seen again some minutes after it was seen first, or has an identity. */
  readonly isConfirmed: boolean;
}

/** A device that has reported so often that it installed one firmware that it is not offered it again. */
export interface LoopingDevice {
  readonly deviceId: number;
  readonly firmwareId: number;
}

/** What operators say of one device. */
export interface DescribedDevice extends OperatorFacts {
  readonly id: number;
}

/** What is to become of the labels of many devices. */
export interface LabelChange {
  readonly addTags: readonly string[];
  readonly removeTags: readonly string[];
  /** null: they keep theirs. */
  readonly channel: string | null;
}

/** Some devices: those, or all in a range of ids. */
export type SomeDevices =
  { readonly ids: readonly number[] } | { readonly above: number; readonly upTo: number };

/** SQL that is true of these devices, and the values that it takes. @param place of the first of them */
export function isAmong(some: SomeDevices, id: string, place: number): [sql: string, values: unknown[]] {
  return 'ids' in some
    ? [`${id} = ANY($${place}::bigint[])`, [some.ids]]
    : [`${id} > $${place} AND ${id} <= $${place + 1}`, [some.above, some.upTo]];
}

/** What operators say of a device, but for the groups that they put it into. */
export type SaidOfDevice = { readonly id: number } & Omit<TargetFacts, 'groups'>;
/** Of which nothing is left out. */
export type DeviceLabels = Pick<TargetFacts, 'tags' | 'attributes'>;

/** Told when what operators say of devices has changed: `42,43` with their ids, or `*`. */
export const DEVICE_FACTS_CHANGED = 'device_facts_changed';
/** A notification has room for 8,000 bytes. */
const MOST_TOLD = 300;

/** Every server hears of it when the transaction is committed. */
export async function tellFacts(manager: EntityManager, deviceIds: readonly number[]): Promise<void> {
  if (deviceIds.length === 0) return;
  const told = deviceIds.length > MOST_TOLD ? '*' : deviceIds.join(',');
  await manager.query('SELECT pg_notify($1, $2)', [DEVICE_FACTS_CHANGED, told]);
}

/** Heard by every server when devices were forgotten. */
export const DEVICE_FORGOTTEN = 'device_forgotten';

/** Writes within the transaction of the caller. */
@Injectable()
export class DeviceRepository {
  constructor(
    @InjectRepository(DeviceEntity) private readonly devices: Repository<DeviceEntity>,
    @Optional() private readonly shards?: Shards,
  ) {}

  /** For programs that run beside the server. */
  static of(manager: EntityManager): DeviceRepository {
    return new DeviceRepository(manager.getRepository(DeviceEntity));
  }

  /** For changes of many devices, too: each statement is short, but there may be many. */
  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return inTransaction(this.devices.manager, work);
  }

  /** What the devices of a type run, as they said at their last check. */
  countRunning(deviceType: string): Promise<RunningGroup[]> {
    return this.devices.query<RunningGroup[]>(
      `SELECT current_version AS version, current_build AS build, count(*) AS devices FROM device
        WHERE device_type = $1 GROUP BY current_version, current_build`,
      [deviceType],
    );
  }

  /**
   * What devices run, as they said at their last check, each once: looks into the index as often as there are different
   * ones. When there are more than the limit, most of them are nobody's: those that most devices run then.
   */
  async findRunning(
    limit: number,
    manager: EntityManager = this.devices.manager,
  ): Promise<RunningFirmware[]> {
    const few = this.shards?.isDistributed === true ? [] : await this.findFew(limit, manager);
    if (few.length > 0 && few.length <= limit) return few;
    return manager.query<RunningFirmware[]>(
      `SELECT device_type AS "deviceType", current_version AS version, current_build AS build FROM device
        WHERE current_version IS NOT NULL GROUP BY ${RUNNING} ORDER BY count(*) DESC, ${RUNNING} LIMIT $1`,
      [limit],
    );
  }

  /** One more than the limit if there are more. A distributed database refuses it. */
  private findFew(limit: number, manager: EntityManager): Promise<RunningFirmware[]> {
    return manager.query<RunningFirmware[]>(
      `WITH RECURSIVE running AS (
         (SELECT ${RUNNING} FROM device WHERE current_version IS NOT NULL ORDER BY ${RUNNING} LIMIT 1)
         UNION ALL
         SELECT next.* FROM running, LATERAL (
           SELECT ${RUNNING} FROM device
            WHERE current_version IS NOT NULL
              AND (${RUNNING}) > (running.device_type, running.current_version, running.current_build)
            ORDER BY ${RUNNING} LIMIT 1) AS next)
       SELECT device_type AS "deviceType", current_version AS version, current_build AS build FROM running LIMIT $1`,
      [limit + 1],
    );
  }

  /** Ids on record above one, in order. */
  async findIdsAfter(id: number, limit: number): Promise<number[]> {
    const rows = await this.devices.query<{ id: number }[]>(
      'SELECT id FROM device WHERE id > $1 ORDER BY id LIMIT $2',
      [id, limit],
    );
    return rows.map((row) => row.id);
  }

  /** The last of the next so many ids; null: there are none. */
  async findIdAhead(
    id: number,
    count: number,
    manager: EntityManager = this.devices.manager,
  ): Promise<number | null> {
    const [{ last }] = await manager.query<[{ last: number | null }]>(
      'SELECT max(id) AS last FROM (SELECT id FROM device WHERE id > $1 ORDER BY id LIMIT $2) AS next',
      [id, count],
    );
    return last;
  }

  async findLabels(
    manager: EntityManager,
    deviceIds: readonly number[],
  ): Promise<ReadonlyMap<number, DeviceLabels>> {
    const rows = await manager.query<(DeviceLabels & { id: number })[]>(
      `SELECT id, tags, coalesce(operator_attributes, '{}') AS attributes FROM device WHERE id = ANY($1::bigint[])`,
      [deviceIds],
    );
    return new Map(rows.map(({ id, tags, attributes }) => [id, { tags, attributes }]));
  }

  async findBootIds(manager: EntityManager, deviceIds: readonly number[]): Promise<Map<number, number[]>> {
    const rows = await manager.query<{ id: number; bootIds: unknown[] }[]>(
      `SELECT id, recent_boot_ids AS "bootIds" FROM device
        WHERE id = ANY($1::bigint[]) AND recent_boot_ids IS NOT NULL`,
      [deviceIds],
    );
    // The driver leaves the numbers of an array as they are written.
    return new Map(rows.map(({ id, bootIds }) => [id, bootIds.map(Number)]));
  }

  /** Those of these devices that are on record. */
  async findExisting(deviceIds: readonly number[]): Promise<number[]> {
    const rows = await this.devices.query<{ id: number }[]>(
      'SELECT id FROM device WHERE id = ANY($1::bigint[])',
      [deviceIds],
    );
    return rows.map(({ id }) => id);
  }

  findOne(deviceId: number): Promise<DeviceEntity | null> {
    return this.devices.findOneBy({ id: deviceId });
  }

  /**
   * In the order of the ids, so that two batches that share devices do not wait for each other. A check-in that is
   * written after a later report says nothing of update loops any more.
   * @returns the devices that have not been written by a later one already
   */
  async upsertSightings(
    manager: EntityManager,
    sightings: readonly DeviceSighting[],
    now: Instant,
  ): Promise<ReadonlySet<number>> {
    const rows = await manager.query<{ id: number }[]>(
      `INSERT INTO device AS known (${SIGHTING_COLUMNS})
       ${SIGHTING_ROWS} ORDER BY id
       ON CONFLICT (id) DO UPDATE SET ${changesAt(now)}
       RETURNING id`,
      sightingParameters(sightings),
    );
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * Reads each row by its key, however many there are.
   * @param checks when the last check was that the caller knows to be written
   * @returns the devices of which another one is on record, or the end of an attempt since
   */
  async findOverwritten(
    checks: readonly { readonly deviceId: number; readonly writtenAt: Instant }[],
  ): Promise<ReadonlySet<number>> {
    const rows = await this.devices.query<{ id: number }[]>(
      `SELECT known.id
         FROM unnest($1::bigint[], $2::bigint[]) AS written (id, at)
         JOIN device AS known ON known.id = written.id
        WHERE known.id = ANY($1::bigint[])
          AND known.last_checked_at = timestamptz 'epoch' + written.at * interval '1 microsecond'
          AND (known.update_status = ANY($3::text[]) AND known.update_changed_at > known.last_checked_at
               AND known.update_changed_at < now() + interval '1 minute') IS NOT TRUE`,
      [checks.map(({ deviceId }) => deviceId), checks.map(({ writtenAt }) => writtenAt), ENDED_STATUSES],
    );
    const onRecord = new Set(rows.map(({ id }) => id));
    return new Set(checks.flatMap(({ deviceId }) => (onRecord.has(deviceId) ? [] : [deviceId])));
  }

  /** What devices are known to run. Those that are unknown, or have not said it, are left out. */
  async findWhatRuns(
    manager: EntityManager,
    deviceIds: readonly number[],
  ): Promise<ReadonlyMap<number, RunningVersion>> {
    const rows = await manager.query<(RunningVersion & { id: number })[]>(
      `SELECT id, current_version AS version, current_build AS build FROM device
        WHERE id = ANY($1::bigint[]) AND current_version IS NOT NULL`,
      [deviceIds],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  /**
   * Locks the devices' rows until the transaction ends, in the order of the ids, and adds those that are missing. Each
   * device at most once.
   */
  async lockOrAdd(manager: EntityManager, deviceIds: readonly number[]): Promise<void> {
    await manager.query(
      `INSERT INTO device AS known (id) SELECT id FROM unnest($1::bigint[]) AS reporting (id) ORDER BY id
       ON CONFLICT (id) DO UPDATE SET last_seen_at = known.last_seen_at WHERE false`,
      [deviceIds],
    );
  }

  /** Locks as {@link lockOrAdd} does, and changes nothing. Unknown devices are passed over. */
  async lockProgress(
    manager: EntityManager,
    deviceIds: readonly number[],
  ): Promise<Map<number, DeviceProgress>> {
    const rows = await manager.query<ProgressRow[]>(
      `SELECT id, update_firmware_id AS "firmwareId", update_status AS status, is_rolled_back AS "isRolledBack",
              (extract(epoch FROM update_changed_at) * 1000000)::bigint AS "changedAt", update_successes AS successes
         FROM device WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE`,
      [deviceIds],
    );
    return new Map(rows.map((row) => [row.id, { update: updateOf(row), successes: row.successes }]));
  }

  /**
   * Their rows are locked by then.
   * @param known what {@link lockProgress} found
   * @param now by the database's clock
   * @param areReporting whether they were seen just now
   */
  async writeProgress(
    manager: EntityManager,
    known: ReadonlyMap<number, DeviceProgress>,
    progress: ReadonlyMap<number, DeviceProgress>,
    now: Instant,
    areReporting: boolean,
  ): Promise<void> {
    const all = [...progress.values()];
    // They change seldom, and never to none.
    const successes = [...progress].map(([deviceId, { successes }]) =>
      successes === null || successes === known.get(deviceId)?.successes ? null : JSON.stringify(successes),
    );
    await manager.query(
      `UPDATE device AS known
          SET update_firmware_id = new.firmware_id, update_status = new.status, is_rolled_back = new.is_rolled_back,
              update_changed_at = to_timestamp(new.changed_at / 1000000::float8),
              update_successes = coalesce(new.successes, known.update_successes),
              last_seen_at = CASE WHEN $7 THEN ${seenAt('$8::timestamptz', '$9::timestamptz')}
                              ELSE known.last_seen_at END
         FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::boolean[], $5::bigint[], $6::jsonb[])
              AS new (id, firmware_id, status, is_rolled_back, changed_at, successes)
        WHERE known.id = new.id AND known.id = ANY($1::bigint[])`,
      [
        [...progress.keys()],
        all.map(({ update }) => update?.firmwareId ?? null),
        all.map(({ update }) => update?.status ?? null),
        all.map(({ update }) => update?.isRolledBack ?? false),
        all.map(({ update }) => update?.changedAt ?? null),
        successes,
        areReporting,
        new Date(now / 1000),
        aheadOf(now),
      ],
    );
  }

  /** Adds devices that have not been heard of yet. Each device at most once. */
  async addUnseen(
    manager: EntityManager,
    devices: readonly { readonly deviceId: number; readonly deviceType: string | null }[],
  ): Promise<void> {
    await manager.query(
      `INSERT INTO device (id, device_type)
       SELECT id, type FROM unnest($1::bigint[], $2::text[]) AS unseen (id, type) ORDER BY id
       ON CONFLICT (id) DO NOTHING`,
      [devices.map(({ deviceId }) => deviceId), devices.map(({ deviceType }) => deviceType)],
    );
  }

  async exists(manager: EntityManager, deviceId: number): Promise<boolean> {
    return manager.getRepository(DeviceEntity).existsBy({ id: deviceId });
  }

  /**
   * Locks the devices' rows as {@link lockOrAdd} does, and changes nothing. Unknown devices are passed over.
   * @returns those that are on record
   */
  async lock(manager: EntityManager, deviceIds: readonly number[]): Promise<number[]> {
    const rows = await manager.query<{ id: number }[]>(
      'SELECT id FROM device WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE',
      [deviceIds],
    );
    return rows.map(({ id }) => id);
  }

  /** Locks the devices' rows that nobody else has locked. @returns the others */
  async lockFree(manager: EntityManager, deviceIds: readonly number[]): Promise<number[]> {
    const rows = await manager.query<{ id: number }[]>(
      `WITH free AS MATERIALIZED (
         SELECT id FROM device WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
       SELECT id FROM device WHERE id = ANY($1::bigint[]) EXCEPT SELECT id FROM free`,
      [deviceIds],
    );
    return rows.map(({ id }) => id);
  }

  /** @returns null of a device that is unknown, or has not said it */
  async findType(manager: EntityManager, id: number): Promise<string | null> {
    const [device] = await manager.query<{ type: string | null }[]>(
      'SELECT device_type AS type FROM device WHERE id = $1',
      [id],
    );
    return device?.type ?? null;
  }

  async countUnconfirmed(): Promise<number> {
    const [{ count }] = await this.devices.query<[{ count: number }]>(
      'SELECT count(*) FROM device WHERE NOT is_confirmed',
    );
    return count;
  }

  /** Locks the rows until the transaction ends, as they are by then; passes over those that others have locked. */
  async lockOldestUnconfirmed(manager: EntityManager, limit: number): Promise<UnconfirmedDevice[]> {
    return manager.query<UnconfirmedDevice[]>(
      `SELECT id, last_seen_at - first_seen_at > interval '${MINUTES_OF_FIRST_SIGHT} minutes' AS "isConfirmed"
         FROM device WHERE NOT is_confirmed ORDER BY first_seen_at, id LIMIT $1 FOR UPDATE SKIP LOCKED`,
      [limit],
    );
  }

  /** Their rows are locked by then. */
  async confirm(manager: EntityManager, deviceIds: readonly number[]): Promise<void> {
    await manager.query('UPDATE device SET is_confirmed = true WHERE id = ANY($1::bigint[])', [deviceIds]);
  }

  /** Their rows are locked by then, and their attempts deleted. */
  async delete(manager: EntityManager, deviceIds: readonly number[]): Promise<void> {
    await manager.query('DELETE FROM device WHERE id = ANY($1::bigint[])', [deviceIds]);
    await tellFacts(manager, deviceIds);
  }

  /** Tells every server, when the transaction is committed. */
  async tellForgotten(manager: EntityManager): Promise<void> {
    await manager.query(`NOTIFY ${DEVICE_FORGOTTEN}`);
  }

  /** Locks the rows until the transaction ends, in the order of the ids. Unknown devices are passed over. */
  async lockDescribed(manager: EntityManager, deviceIds: readonly number[]): Promise<DescribedDevice[]> {
    return manager.query<DescribedDevice[]>(
      `SELECT id, name, channel, tags, coalesce(operator_attributes, '{}') AS attributes, notes
         FROM device WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE`,
      [deviceIds],
    );
  }

  /** What devices say of themselves, by their ids. */
  async ownAttributes(
    manager: EntityManager,
    deviceIds: readonly number[],
  ): Promise<ReadonlyMap<number, OperatorFacts['attributes']>> {
    const rows = await manager.query<Pick<DescribedDevice, 'id' | 'attributes'>[]>(
      `SELECT id, coalesce(own_attributes, '{}') AS attributes FROM device WHERE id = ANY($1::bigint[])`,
      [deviceIds],
    );
    return new Map(rows.map(({ id, attributes }) => [id, attributes]));
  }

  /** Their rows are locked by then. Each device at most once. */
  async describe(manager: EntityManager, devices: readonly DescribedDevice[]): Promise<void> {
    await manager.query(
      `UPDATE device AS known
          SET name = new.name, folded_name = new.folded, channel = new.channel, notes = new.notes,
              tags = ARRAY(SELECT jsonb_array_elements_text(new.tags)),
              operator_attributes = nullif(new.attributes, '{}')
         FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::jsonb[])
              AS new (id, name, folded, channel, notes, tags, attributes)
        WHERE known.id = new.id`,
      [
        devices.map(({ id }) => id),
        devices.map(({ name }) => name),
        devices.map(({ name }) => (name === null ? null : foldName(name))),
        devices.map(({ channel }) => channel),
        devices.map(({ notes }) => notes),
        devices.map(({ tags }) => JSON.stringify(tags)),
        devices.map(({ attributes }) => JSON.stringify(attributes)),
      ],
    );
    await tellFacts(
      manager,
      devices.map(({ id }) => id),
    );
  }

  /** Devices of which operators say something that may be asked, in no order. */
  findSaid(some: SomeDevices, asked: AskedFacts): Promise<SaidOfDevice[]> {
    const { tags, channels, names } = asked;
    const [among, values] = isAmong(some, 'id', 6);
    return this.devices.query<SaidOfDevice[]>(
      `SELECT id, tags, channel, CASE WHEN $3 THEN name END AS name,
              CASE WHEN $4::text[] <> '{}' THEN coalesce(operator_attributes, '{}') ELSE '{}' END AS attributes
         FROM device
        WHERE ${among} AND (tags && $1::text[] OR channel = ANY($2::text[]) AND channel <> 'stable'
              OR $5 AND channel <> 'stable' OR $3 AND name IS NOT NULL OR operator_attributes ?| $4::text[])`,
      [[...tags], [...channels], names.size > 0, askedAttributes(asked), channels.has('stable'), ...values],
    );
  }

  /**
   * Rows that have the labels already stay as they are.
   * @returns a device that has more tags than it may have afterwards; null: none
   */
  async label(
    manager: EntityManager,
    deviceIds: readonly number[],
    { addTags, removeTags, channel }: LabelChange,
  ): Promise<number | null> {
    await this.lock(manager, deviceIds);
    const [rows] = await manager.query<[{ id: number; tags: number }[], number]>(
      `UPDATE device
          SET tags = ARRAY(SELECT DISTINCT tag COLLATE "C" FROM unnest(tags || $2::text[]) AS one (tag)
                            WHERE tag <> ALL($3::text[]) ORDER BY 1),
              channel = coalesce($4, channel)
        WHERE id = ANY($1::bigint[]) AND (NOT tags @> $2::text[] OR tags && $3::text[] OR channel <> $4)
       RETURNING id, cardinality(tags) AS tags`,
      [deviceIds, addTags, removeTags, channel],
    );
    await tellFacts(
      manager,
      rows.map(({ id }) => id),
    );
    return rows.find(({ tags }) => tags > MAX_TAGS)?.id ?? null;
  }

  /** The number of devices: see the migration DeviceTotal. */
  async count(manager: EntityManager = this.devices.manager): Promise<number> {
    const [{ total }] = await manager.query<[{ total: number }]>(
      'SELECT coalesce(sum(change), 0)::bigint AS total FROM device_count',
    );
    return total;
  }

  /** Makes one row of those that count devices. */
  async foldCount(): Promise<void> {
    await this.devices.query(
      `WITH folded AS (DELETE FROM device_count WHERE (SELECT count(*) FROM device_count) > 1 RETURNING change)
       INSERT INTO device_count SELECT sum(change) FROM folded HAVING count(*) > 0`,
    );
  }

  /** Whether the total is that of the rows, as it should always be. */
  async hasExactTotal(): Promise<boolean> {
    const [{ exact }] = await this.devices.query<[{ exact: boolean }]>(
      `SELECT (SELECT coalesce(sum(change), 0) FROM device_count) = (SELECT count(*) FROM device) AS exact`,
    );
    return exact;
  }

  /** The firmware of which these devices' installations are counted at present. */
  findCounted(manager: EntityManager, deviceIds: readonly number[]): Promise<LoopingDevice[]> {
    return manager.query<LoopingDevice[]>(
      `SELECT id AS "deviceId", firmware_id::bigint AS "firmwareId"
         FROM device, jsonb_object_keys(update_successes) AS success (firmware_id)
        WHERE id = ANY($1::bigint[])`,
      [deviceIds],
    );
  }

  findLooping(limit: number): Promise<LoopingDevice[]> {
    return this.devices.query<LoopingDevice[]>(
      `SELECT id AS "deviceId", firmware_id::bigint AS "firmwareId"
         FROM device, jsonb_each_text(update_successes) AS success (firmware_id, count)
        WHERE jsonb_path_exists(update_successes, '$.* ? (@ >= ${MAX_SUCCESSES_OF_ONE_FIRMWARE})')
          AND count::int >= ${MAX_SUCCESSES_OF_ONE_FIRMWARE}
        LIMIT $1`,
      [limit],
    );
  }
}

interface ProgressRow {
  readonly id: number;
  readonly firmwareId: number | null;
  readonly status: AttemptStatus | null;
  readonly isRolledBack: boolean;
  readonly changedAt: Instant | null;
  readonly successes: SuccessCounts | null;
}

function updateOf({ firmwareId, status, isRolledBack, changedAt }: ProgressRow): DeviceUpdate | null {
  if (firmwareId === null || status === null || changedAt === null) return null;
  return { firmwareId, status, isRolledBack, changedAt };
}

/** What a device runs. */
export type RunningVersion = Pick<DeviceSighting, 'version' | 'build'>;
