import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import { batchLimits, inTransaction } from '../../database/transaction.js';
import type { DeviceAccessState, DeviceIdentity } from '../../domain/device-access.js';
import { DeviceAccessEntity } from './device-access.entity.js';

/** A device that is not, or was once not, like all others. */
export interface DeviceAccessRecord {
  readonly deviceId: number;
  readonly state: DeviceAccessState;
  /** The enrolment key that it used last; null: none. */
  readonly keyId: number | null;
}

/** What was found, and the number of a transaction: what those before it have changed is in it. */
export interface ReadAccess {
  readonly records: readonly DeviceAccessRecord[];
  readonly upTo: number;
}

/** A device has proved who it is. */
export interface IdentityUse {
  readonly deviceId: number;
  readonly by: Exclude<DeviceIdentity, 'none'>;
  /** Of the token; 0 for a certificate. */
  readonly epoch: number;
}

interface Row {
  readonly id: number;
  readonly identity: DeviceAccessState['identity'];
  readonly enrollment: DeviceAccessState['enrollment'];
  readonly blocked: boolean;
  readonly epoch: number;
  readonly used: boolean;
  readonly key: number | null;
}

const COLUMNS = `device_id AS id, identity, enrollment, is_blocked AS blocked, token_epoch AS epoch,
  token_used_at IS NOT NULL AS used, enrollment_key_id AS key`;

@Injectable()
export class DeviceAccessRepository {
  constructor(@InjectRepository(DeviceAccessEntity) private readonly rows: Repository<DeviceAccessEntity>) {}

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return inTransaction(this.rows.manager, work);
  }

  /** The oldest transaction that has not ended: rows of an older one are visible. */
  async oldestRunning(): Promise<number> {
    const [row] = await this.rows.query<[{ oldest: number }]>(
      'SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest',
    );
    return row.oldest;
  }

  /** In the order of the ids. */
  async findAfter(deviceId: number, limit: number): Promise<DeviceAccessRecord[]> {
    const rows = await this.rows.query<Row[]>(
      `SELECT ${COLUMNS} FROM device_access WHERE device_id > $1 ORDER BY device_id LIMIT $2`,
      [deviceId, limit],
    );
    return rows.map(recordOf);
  }

  /**
   * What may have changed since an earlier read. The end of the snapshot keeps out what a restored backup says of
   * transactions that this database has not reached yet.
   */
  async findChanged(since: number): Promise<ReadAccess> {
    const upTo = await this.oldestRunning();
    const rows = await this.rows.query<Row[]>(
      `SELECT ${COLUMNS} FROM device_access
        WHERE changed_in >= $1 AND changed_in < pg_snapshot_xmax(pg_current_snapshot())::text::bigint`,
      [since],
    );
    return { records: rows.map(recordOf), upTo };
  }

  /** Whether anything was ever decided about a device. */
  exists(manager: EntityManager, deviceId: number): Promise<boolean> {
    return manager.getRepository(DeviceAccessEntity).existsBy({ deviceId });
  }

  /** Locks the rows of devices, in the order of their ids, and makes those that are not there. Each device at most once. */
  async lock(manager: EntityManager, deviceIds: readonly number[]): Promise<Map<number, DeviceAccessRecord>> {
    await manager.query(
      `INSERT INTO device_access (device_id) SELECT id FROM unnest($1::bigint[]) AS one (id) ORDER BY id
       ON CONFLICT DO NOTHING`,
      [deviceIds],
    );
    const rows = await manager.query<Row[]>(
      `SELECT ${COLUMNS} FROM device_access WHERE device_id = ANY($1::bigint[]) ORDER BY device_id FOR UPDATE`,
      [deviceIds],
    );
    return new Map(rows.map((row) => [row.id, recordOf(row)]));
  }

  /** The same, but makes none, and tells nothing. */
  async lockExisting(manager: EntityManager, deviceIds: readonly number[]): Promise<void> {
    await manager.query(
      'SELECT FROM device_access WHERE device_id = ANY($1::bigint[]) ORDER BY device_id FOR UPDATE',
      [deviceIds],
    );
  }

  /** Writes rows that are locked. */
  async save(manager: EntityManager, records: readonly DeviceAccessRecord[]): Promise<void> {
    await manager.query(
      `UPDATE device_access AS known
          SET identity = next.identity, enrollment = next.enrollment, is_blocked = next.blocked,
              token_epoch = next.epoch, enrollment_key_id = next.key,
              token_used_at = CASE WHEN next.used THEN coalesce(known.token_used_at, now()) END
         FROM unnest($1::bigint[], $2::text[], $3::text[], $4::boolean[], $5::int[], $6::boolean[], $7::bigint[])
              AS next (id, identity, enrollment, blocked, epoch, used, key)
        WHERE known.device_id = next.id`,
      [
        records.map(({ deviceId }) => deviceId),
        records.map(({ state }) => state.identity),
        records.map(({ state }) => state.enrollment),
        records.map(({ state }) => state.isBlocked),
        records.map(({ state }) => state.epoch),
        records.map(({ state }) => state.isTokenUsed),
        records.map(({ keyId }) => keyId),
      ],
    );
  }

  /**
   * Devices that proved who they are for the first time. A token that was revoked meanwhile was not used; a certificate is
   * not given up for a token. Each device at most once.
   */
  async noteUses(uses: readonly IdentityUse[], isCareful: boolean): Promise<void> {
    const write = (manager: EntityManager): Promise<unknown> =>
      manager.query(
        `INSERT INTO device_access AS known (device_id, identity, token_epoch, token_used_at)
         SELECT id, identity, epoch, CASE WHEN identity = 'token' THEN now() END
           FROM unnest($1::bigint[], $2::text[], $3::int[]) AS used (id, identity, epoch) ORDER BY id
         ON CONFLICT (device_id) DO UPDATE
           SET identity = CASE WHEN known.identity = 'certificate' THEN known.identity ELSE excluded.identity END,
               token_used_at = coalesce(known.token_used_at, excluded.token_used_at)
         WHERE excluded.identity = 'certificate' OR excluded.token_epoch = known.token_epoch`,
        [uses.map(({ deviceId }) => deviceId), uses.map(({ by }) => by), uses.map(({ epoch }) => epoch)],
      );
    await inTransaction(this.rows.manager, write, batchLimits(isCareful));
  }
}

const recordOf = ({ id, identity, enrollment, blocked, epoch, used, key }: Row): DeviceAccessRecord => ({
  deviceId: id,
  state: { identity, enrollment, isBlocked: blocked, epoch, isTokenUsed: used },
  keyId: key,
});
