import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
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

  /** Locks the key, so that those who enrol with it are counted one after the other. */
  lockByHash(manager: EntityManager, keyHash: string): Promise<EnrollmentKeyEntity | null> {
    return lock(manager, { keyHash });
  }

  lockById(manager: EntityManager, id: number): Promise<EnrollmentKeyEntity | null> {
    return lock(manager, { id });
  }

  /** One device more has used it; it is locked. */
  async countDevice(manager: EntityManager, id: number): Promise<void> {
    await manager.increment(EnrollmentKeyEntity, { id }, 'enrolled', 1);
  }

  async revoke(manager: EntityManager, id: number): Promise<void> {
    await manager.query('UPDATE enrollment_key SET revoked_at = now() WHERE id = $1', [id]);
  }
}

const lock = (
  manager: EntityManager,
  where: Partial<Pick<EnrollmentKeyEntity, 'id' | 'keyHash'>>,
): Promise<EnrollmentKeyEntity | null> =>
  manager.getRepository(EnrollmentKeyEntity).findOne({ where, lock: { mode: 'pessimistic_write' } });
