import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import type { RunningGroup } from '../domain/audience.js';
import type { Instant } from '../domain/instant.js';
import { storableText } from '../domain/storable-text.js';
import { DeviceEntity } from './device.entity.js';
import { MAX_SUCCESSES_OF_ONE_FIRMWARE } from '../domain/update-decision.js';

/** Firmware that is counted for one device; a device goes round between few. */
const FIRMWARE_COUNTED = 16;
/** A device that is seen later than this after its first sight has come back. */
const MINUTES_OF_FIRST_SIGHT = 10;

/** What a device said of itself when it checked. */
export interface DeviceSighting {
  readonly deviceId: number;
  readonly deviceType: string;
  readonly version: string;
  readonly build: number;
  /** When the check arrived. */
  readonly at: Instant;
  /** The firmware that the check called for; null: none. */
  readonly offeredId: number | null;
}

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

/** Writes within the transaction of the caller. */
@Injectable()
export class DeviceRepository {
  constructor(@InjectRepository(DeviceEntity) private readonly devices: Repository<DeviceEntity>) {}

  /** What the devices of a type run, as they said at their last check. */
  countRunning(deviceType: string): Promise<RunningGroup[]> {
    return this.devices.query<RunningGroup[]>(
      `SELECT current_version AS version, current_build AS build, count(*) AS devices FROM device
        WHERE device_type = $1 GROUP BY current_version, current_build`,
      [deviceType],
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

  /** Those of these devices that are on record. */
  async findExisting(deviceIds: readonly number[]): Promise<number[]> {
    const rows = await this.devices.query<{ id: number }[]>(
      'SELECT id FROM device WHERE id = ANY($1::bigint[])',
      [deviceIds],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * In the order of the ids, so that two batches that share devices do not wait for each other. A check-in that is
   * written after a later check or report says nothing of update loops any more.
   */
  async upsertSightings(manager: EntityManager, sightings: readonly DeviceSighting[]): Promise<void> {
    await manager.query(
      `INSERT INTO device AS known (id, device_type, current_version, current_build, offered_firmware_id, first_seen_at,
                                    last_seen_at)
       SELECT id, type, version, build, offered_id, seen_at, seen_at
         FROM unnest($1::bigint[], $2::text[], $3::text[], $4::int[], $5::bigint[], $6::bigint[])
              AS seen (id, type, version, build, at, offered_id),
              LATERAL (SELECT timestamptz 'epoch' + at * interval '1 microsecond' AS seen_at) AS clock
        ORDER BY id
       ON CONFLICT (id) DO UPDATE SET
         device_type = excluded.device_type,
         current_version = excluded.current_version,
         current_build = excluded.current_build,
         offered_firmware_id = CASE WHEN excluded.last_seen_at < known.last_seen_at
                                    THEN known.offered_firmware_id ELSE excluded.offered_firmware_id END,
         update_successes = CASE WHEN excluded.last_seen_at < known.last_seen_at
                                   OR excluded.offered_firmware_id IS NOT NULL
                                 THEN known.update_successes END,
         last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at)`,
      [
        sightings.map(({ deviceId }) => deviceId),
        sightings.map(({ deviceType }) => deviceType),
        sightings.map(({ version }) => storableText(version)),
        sightings.map(({ build }) => build),
        sightings.map(({ at }) => at),
        sightings.map(({ offeredId }) => offeredId),
      ],
    );
  }

  /** What devices are known to run. Those that are unknown, or have not said it, are left out. */
  async findRunning(
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

  /** Locks the devices' rows until the transaction ends, in the order of the ids. Each device at most once. */
  async upsertSeen(manager: EntityManager, deviceIds: readonly number[]): Promise<void> {
    await manager.query(
      `INSERT INTO device (id) SELECT id FROM unnest($1::bigint[]) AS reporting (id) ORDER BY id
       ON CONFLICT (id) DO UPDATE SET last_seen_at = now()`,
      [deviceIds],
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

  /** Locks the devices' rows as {@link upsertSeen} does, and changes nothing. Unknown devices are passed over. */
  async lock(manager: EntityManager, deviceIds: readonly number[]): Promise<void> {
    await manager.query('SELECT FROM device WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE', [
      deviceIds,
    ]);
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

  /**
   * Counts which firmware devices have installed since they last ran the newest. Their rows are locked by then. Each
   * device at most once.
   * @returns those that have installed one so often that they have reached the limit
   */
  async addSuccesses(manager: EntityManager, successes: readonly Successes[]): Promise<LoopingDevice[]> {
    if (successes.length === 0) return [];
    const [rows] = await manager.query<[{ id: number; counts: Record<string, number> }[], number]>(
      `UPDATE device AS known
          SET update_successes = (
                SELECT jsonb_object_agg(firmware_id, total)
                  FROM (SELECT firmware_id, sum(count::int) AS total
                          FROM (SELECT * FROM jsonb_each_text(known.update_successes)
                                UNION ALL SELECT * FROM jsonb_each_text(success.counts)) AS one (firmware_id, count)
                         GROUP BY firmware_id ORDER BY firmware_id::bigint DESC LIMIT ${FIRMWARE_COUNTED}) AS newest)
         FROM unnest($1::bigint[], $2::jsonb[]) AS success (id, counts)
        WHERE known.id = success.id
       RETURNING known.id, known.update_successes AS counts`,
      [
        successes.map(({ deviceId }) => deviceId),
        successes.map(({ counts }) => JSON.stringify(Object.fromEntries(counts))),
      ],
    );
    return rows.flatMap(({ id, counts }) =>
      Object.entries(counts)
        .filter(([, count]) => count >= MAX_SUCCESSES_OF_ONE_FIRMWARE)
        .map(([firmwareId]) => ({ deviceId: id, firmwareId: Number(firmwareId) })),
    );
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

/** What a device runs. */
export type RunningVersion = Pick<DeviceSighting, 'version' | 'build'>;

/** How often a device has installed which firmware in one batch of reports. */
export interface Successes {
  readonly deviceId: number;
  readonly counts: ReadonlyMap<number, number>;
}
