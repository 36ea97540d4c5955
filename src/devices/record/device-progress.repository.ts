import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import type { DeviceProgress, DeviceUpdate, SuccessCounts } from '../../domain/device-update.js';
import type { Instant } from '../../domain/instant.js';
import type { AttemptStatus } from '../../domain/ota-attempt.js';
import { MAX_SUCCESSES_OF_ONE_FIRMWARE } from '../../domain/update-decision.js';
import { DeviceEntity } from './device.entity.js';
import { aheadOf, seenAt } from './sightings.js';

/** A device that has reported so often that it installed one firmware that it is not offered it again. */
export interface LoopingDevice {
  readonly deviceId: number;
  readonly firmwareId: number;
}

/** How devices update, as they report it. Writes within the transaction of the caller. */
@Injectable()
export class DeviceProgressRepository {
  constructor(@InjectRepository(DeviceEntity) private readonly devices: Repository<DeviceEntity>) {}

  /** For programs that run beside the server. */
  static of(manager: EntityManager): DeviceProgressRepository {
    return new DeviceProgressRepository(manager.getRepository(DeviceEntity));
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
