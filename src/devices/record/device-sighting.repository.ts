import { Injectable, Optional } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import { Shards } from '../../database/shards.js';
import type { RunningGroup } from '../../domain/audience.js';
import type { Instant } from '../../domain/instant.js';
import { ENDED_STATUSES } from '../../domain/ota-attempt.js';
import type { RunningFirmware } from '../../releases/releases.exports.js';
import { DeviceEntity } from './device.entity.js';
import {
  changesAt,
  SIGHTING_COLUMNS,
  SIGHTING_ROWS,
  sightingParameters,
  type DeviceSighting,
} from './sightings.js';

/** What a device runs. */
export type RunningVersion = Pick<DeviceSighting, 'version' | 'build'>;

const RUNNING = 'device_type, current_version, current_build';

/** What devices say of themselves when they check. Writes within the transaction of the caller. */
@Injectable()
export class DeviceSightingRepository {
  constructor(
    @InjectRepository(DeviceEntity) private readonly devices: Repository<DeviceEntity>,
    @Optional() private readonly shards?: Shards,
  ) {}

  /** For programs that run beside the server. */
  static of(manager: EntityManager): DeviceSightingRepository {
    return new DeviceSightingRepository(manager.getRepository(DeviceEntity));
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

  async findBootIds(manager: EntityManager, deviceIds: readonly number[]): Promise<Map<number, number[]>> {
    const rows = await manager.query<{ id: number; bootIds: unknown[] }[]>(
      `SELECT id, recent_boot_ids AS "bootIds" FROM device
        WHERE id = ANY($1::bigint[]) AND recent_boot_ids IS NOT NULL`,
      [deviceIds],
    );
    // The driver leaves the numbers of an array as they are written.
    return new Map(rows.map(({ id, bootIds }) => [id, bootIds.map(Number)]));
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
}
