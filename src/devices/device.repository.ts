import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import type { RunningGroup } from '../domain/audience.js';
import { storableText } from '../domain/storable-text.js';
import { DeviceEntity } from './device.entity.js';

/** What a device said of itself when it checked. */
export interface DeviceSighting {
  readonly deviceId: number;
  readonly deviceType: string;
  readonly version: string;
  readonly build: number;
  /** Milliseconds since; the database's clock is the one that counts. */
  readonly ageMs: number;
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

  /** In the order of the ids, so that two batches that share devices do not wait for each other. */
  async upsertSightings(manager: EntityManager, sightings: readonly DeviceSighting[]): Promise<void> {
    await manager.query(
      `INSERT INTO device AS known (id, device_type, current_version, current_build, first_seen_at, last_seen_at)
       SELECT id, type, version, build, seen_at, seen_at
         FROM unnest($1::bigint[], $2::text[], $3::text[], $4::int[], $5::float8[])
              AS seen (id, type, version, build, age_ms),
              LATERAL (SELECT now() - age_ms * interval '1 millisecond' AS seen_at) AS clock
        ORDER BY id
       ON CONFLICT (id) DO UPDATE SET
         device_type = excluded.device_type,
         current_version = excluded.current_version,
         current_build = excluded.current_build,
         last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at)`,
      [
        sightings.map(({ deviceId }) => deviceId),
        sightings.map(({ deviceType }) => deviceType),
        sightings.map(({ version }) => storableText(version)),
        sightings.map(({ build }) => build),
        sightings.map(({ ageMs }) => ageMs),
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
}
