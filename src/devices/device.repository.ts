import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import type { RunningGroup } from '../domain/audience.js';
import type { Instant } from '../domain/instant.js';
import { storableText } from '../domain/storable-text.js';
import { DeviceEntity } from './device.entity.js';

/** What a device said of itself when it checked. */
export interface DeviceSighting {
  readonly deviceId: number;
  readonly deviceType: string;
  readonly version: string;
  readonly build: number;
  /** When the check arrived. */
  readonly at: Instant;
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
         FROM unnest($1::bigint[], $2::text[], $3::text[], $4::int[], $5::bigint[])
              AS seen (id, type, version, build, at),
              LATERAL (SELECT timestamptz 'epoch' + at * interval '1 microsecond' AS seen_at) AS clock
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
        sightings.map(({ at }) => at),
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
}
