import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import { DeviceEntity } from './device.entity.js';
import { tellFacts } from './told-facts.js';

/** A device that is seen later than this after its first sight has come back. */
const MINUTES_OF_FIRST_SIGHT = 10;

/** A device that is not known to be confirmed. */
export interface UnconfirmedDevice {
  readonly id: number;
  /** It was seen again some minutes after it was seen first, or has an identity. */
  readonly isConfirmed: boolean;
}

/** Heard by every server when devices were forgotten. */
export const DEVICE_FORGOTTEN = 'device_forgotten';

/** Which devices are on record. Writes within the transaction of the caller. */
@Injectable()
export class DeviceRepository {
  constructor(@InjectRepository(DeviceEntity) private readonly devices: Repository<DeviceEntity>) {}

  /** For programs that run beside the server. */
  static of(manager: EntityManager): DeviceRepository {
    return new DeviceRepository(manager.getRepository(DeviceEntity));
  }

  findOne(deviceId: number): Promise<DeviceEntity | null> {
    return this.devices.findOneBy({ id: deviceId });
  }

  async exists(manager: EntityManager, deviceId: number): Promise<boolean> {
    return manager.getRepository(DeviceEntity).existsBy({ id: deviceId });
  }

  /** Those of these devices that are on record. */
  async findExisting(deviceIds: readonly number[]): Promise<number[]> {
    const rows = await this.devices.query<{ id: number }[]>(
      'SELECT id FROM device WHERE id = ANY($1::bigint[])',
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
}
