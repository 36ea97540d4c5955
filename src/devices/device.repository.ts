import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { storableText } from '../domain/storable-text.js';
import { MAX_SUCCESSES_OF_ONE_FIRMWARE } from '../domain/update-decision.js';

/** What a device said of itself when it checked. */
export interface DeviceSighting {
  readonly deviceId: number;
  readonly deviceType: string;
  readonly version: string;
  readonly build: number;
  /** The firmware that the check called for; null: none. */
  readonly offeredId: number | null;
  /** Milliseconds since; the database's clock is the one that counts. */
  readonly ageMs: number;
}

/** A device that has reported so often that it installed one firmware that it is not offered it again. */
export interface LoopingDevice {
  readonly deviceId: number;
  readonly firmwareId: number;
}

/** Works within the transaction of whoever asks. */
@Injectable()
export class DeviceRepository {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * In the order of the ids, so that two batches that share devices do not wait for each other. A check-in that is
   * written after a later check or report says nothing of update loops any more.
   */
  async upsertSightings(manager: EntityManager, sightings: readonly DeviceSighting[]): Promise<void> {
    await manager.query(
      `INSERT INTO device AS known (id, device_type, current_version, current_build, offered_firmware_id, first_seen_at,
                                    last_seen_at)
       SELECT id, type, version, build, offered_id, seen_at, seen_at
         FROM unnest($1::bigint[], $2::text[], $3::text[], $4::int[], $5::float8[], $6::bigint[])
              AS seen (id, type, version, build, age_ms, offered_id),
              LATERAL (SELECT now() - age_ms * interval '1 millisecond' AS seen_at) AS clock
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
        sightings.map(({ ageMs }) => ageMs),
        sightings.map(({ offeredId }) => offeredId),
      ],
    );
  }

  /**
   * Locks the devices' rows until the transaction ends, in the order of the ids. Each device at most once.
   * @returns the database's time, read under the locks
   */
  async upsertSeen(manager: EntityManager, deviceIds: readonly number[]): Promise<Date> {
    const [row] = await manager.query<[{ now: Date }]>(
      `WITH seen AS (
         INSERT INTO device (id) SELECT id FROM unnest($1::bigint[]) AS reporting (id) ORDER BY id
         ON CONFLICT (id) DO UPDATE SET last_seen_at = now() RETURNING id)
       SELECT clock_timestamp() AS now, count(*) FROM seen`,
      [deviceIds],
    );
    return row.now;
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
    return this.dataSource.query<LoopingDevice[]>(
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
