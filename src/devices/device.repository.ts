import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import type { RunningGroup } from '../domain/audience.js';
import type { Instant } from '../domain/instant.js';
import { storableText } from '../domain/storable-text.js';
import { DeviceEntity } from './device.entity.js';
import { MAX_SUCCESSES_OF_ONE_FIRMWARE } from '../domain/update-decision.js';

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
         offered_successes = CASE WHEN excluded.last_seen_at < known.last_seen_at
                                    OR excluded.offered_firmware_id = known.offered_firmware_id
                                  THEN known.offered_successes ELSE 0 END,
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

  /** Locks the devices' rows until the transaction ends, in the order of the ids. Each device at most once. */
  async upsertSeen(manager: EntityManager, deviceIds: readonly number[]): Promise<void> {
    await manager.query(
      `INSERT INTO device (id) SELECT id FROM unnest($1::bigint[]) AS reporting (id) ORDER BY id
       ON CONFLICT (id) DO UPDATE SET last_seen_at = now()`,
      [deviceIds],
    );
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
   * Counts that devices have installed a firmware. Their rows are locked by then. Each device at most once.
   * @returns those that have reached the limit
   */
  async addSuccesses(manager: EntityManager, successes: readonly Success[]): Promise<LoopingDevice[]> {
    if (successes.length === 0) return [];
    const [rows] = await manager.query<[(LoopingDevice & { successes: number })[], number]>(
      `UPDATE device AS known
          SET offered_firmware_id = success.firmware_id,
              offered_successes = success.count +
                CASE WHEN known.offered_firmware_id = success.firmware_id THEN known.offered_successes ELSE 0 END
         FROM unnest($1::bigint[], $2::bigint[], $3::int[]) AS success (id, firmware_id, count)
        WHERE known.id = success.id
       RETURNING known.id AS "deviceId", success.firmware_id AS "firmwareId", known.offered_successes AS successes`,
      [
        successes.map(({ deviceId }) => deviceId),
        successes.map(({ firmwareId }) => firmwareId),
        successes.map(({ count }) => count),
      ],
    );
    return rows.filter(({ successes }) => successes >= MAX_SUCCESSES_OF_ONE_FIRMWARE);
  }

  findLooping(limit: number): Promise<LoopingDevice[]> {
    return this.devices.query<LoopingDevice[]>(
      `SELECT id AS "deviceId", offered_firmware_id AS "firmwareId" FROM device
        WHERE offered_successes >= ${MAX_SUCCESSES_OF_ONE_FIRMWARE} LIMIT $1`,
      [limit],
    );
  }
}

/** How often a device has installed a firmware in one batch of reports. */
export interface Success extends LoopingDevice {
  readonly count: number;
}
