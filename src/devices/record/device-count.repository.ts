import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import { DeviceEntity } from './device.entity.js';

/** How many devices there are, without counting them: see the migration DeviceTotal. */
@Injectable()
export class DeviceCountRepository {
  constructor(@InjectRepository(DeviceEntity) private readonly devices: Repository<DeviceEntity>) {}

  /** For programs that run beside the server. */
  static of(manager: EntityManager): DeviceCountRepository {
    return new DeviceCountRepository(manager.getRepository(DeviceEntity));
  }

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
}
