import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository, type EntityManager } from 'typeorm';
import { EnrollmentKeyEntity } from './enrollment-key.entity.js';

/** What is chosen for a key. */
export type NewEnrollmentKey = Pick<
  EnrollmentKeyEntity,
  'name' | 'deviceType' | 'requiresAcceptance' | 'expiresAt' | 'maxDevices' | 'keyHash' | 'keyPrefix'
>;

/** Writes within the transaction of the caller. */
@Injectable()
export class EnrollmentKeyRepository {
  constructor(
    @InjectRepository(EnrollmentKeyEntity) private readonly keys: Repository<EnrollmentKeyEntity>,
  ) {}

  /** The newest first. */
  findAll(): Promise<EnrollmentKeyEntity[]> {
    return this.keys.find({ order: { id: 'DESC' } });
  }

  async insert(manager: EntityManager, key: NewEnrollmentKey): Promise<EnrollmentKeyEntity> {
    const rows = manager.getRepository(EnrollmentKeyEntity);
    // Read again: what an insert returns has its id as a text.
    const inserted = await rows.insert({ ...key });
    const [{ id }] = inserted.raw as [{ id: number }];
    return rows.findOneByOrFail({ id });
  }

  /** @returns null of a key that is not one of this server */
  async findId(manager: EntityManager, keyHash: string): Promise<number | null> {
    const key = await manager
      .getRepository(EnrollmentKeyEntity)
      .findOne({ where: { keyHash }, select: { id: true } });
    return key?.id ?? null;
  }

  /**
   * Locks the keys in the order of their ids, so that those who enrol with them are counted one after the other, and two
   * devices that exchange their keys do not wait for each other. Unknown keys are passed over.
   */
  async lock(
    manager: EntityManager,
    ids: readonly number[],
  ): Promise<ReadonlyMap<number, EnrollmentKeyEntity>> {
    const keys = await manager.getRepository(EnrollmentKeyEntity).find({
      where: { id: In([...ids]) },
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
    return new Map(keys.map((key) => [key.id, key]));
  }

  /** A device counts among those of a key from now on, and no more among those of another one; both are locked. */
  async moveDevice(manager: EntityManager, from: number | null, to: number): Promise<void> {
    await manager.query(
      `UPDATE enrollment_key SET enrolled = enrolled + CASE WHEN id = $2 THEN 1 ELSE -1 END
        WHERE id IN ($1::bigint, $2::bigint)`,
      [from, to],
    );
  }

  async revoke(manager: EntityManager, id: number): Promise<void> {
    await manager.query('UPDATE enrollment_key SET revoked_at = now() WHERE id = $1', [id]);
  }
}
