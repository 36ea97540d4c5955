import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository, type EntityManager } from 'typeorm';
import { inTransaction } from '../database/transaction.js';
import { SecretEntity } from './secret.entity.js';

const SECRET_BYTES = 32;
/** The key id of a purpose that has one secret for ever. */
const ONLY = 'only';
/** Taken together with a number made of the purpose. */
const CHANGE_LOCK = 4_007_017;

/** What is to become of the keys of a purpose. */
export interface KeyChanges {
  readonly added: readonly Pick<SecretEntity, 'keyId' | 'value'>[];
  /** Key ids of those that another one has taken over from. */
  readonly retired: readonly string[];
  /** Key ids of those that nobody needs any more. */
  readonly removed: readonly string[];
}

export interface KeysNow {
  /** The older ones first. */
  readonly keys: readonly SecretEntity[];
  /** By the database's clock. */
  readonly now: Date;
}

/** The secrets that servers make up themselves and share through their database. */
@Injectable()
export class SecretRepository {
  constructor(@InjectRepository(SecretEntity) private readonly secrets: Repository<SecretEntity>) {}

  /** For programs that run beside the server. */
  static of(manager: EntityManager): SecretRepository {
    return new SecretRepository(manager.getRepository(SecretEntity));
  }

  /** 256 random bits for a purpose, made by whichever server asks first; the same for all. */
  async sharedSecret(purpose: string): Promise<Buffer> {
    const found = await this.secrets.findOneBy({ purpose, keyId: ONLY });
    if (found) return found.value;
    await this.secrets.query(
      'INSERT INTO secret (purpose, key_id, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [purpose, ONLY, randomBytes(SECRET_BYTES)],
    );
    return (await this.secrets.findOneByOrFail({ purpose, keyId: ONLY })).value;
  }

  /** Reads the keys of a purpose, and changes them while nobody else does. @returns them as they are afterwards */
  changeKeys(purpose: string, decide: (keys: KeysNow) => KeyChanges): Promise<KeysNow> {
    return inTransaction(this.secrets.manager, async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [CHANGE_LOCK, purpose]);
      const [{ now }] = await manager.query<[{ now: Date }]>('SELECT clock_timestamp() AS now');
      const find = (): Promise<SecretEntity[]> =>
        manager.find(SecretEntity, { where: { purpose }, order: { createdAt: 'ASC', keyId: 'ASC' } });

      const { added, retired, removed } = decide({ keys: await find(), now });
      for (const key of added) await manager.insert(SecretEntity, { purpose, ...key, createdAt: now });
      for (const keyId of retired)
        await manager.update(SecretEntity, { purpose, keyId, retiredAt: IsNull() }, { retiredAt: now });
      for (const keyId of removed) await manager.delete(SecretEntity, { purpose, keyId });
      return { keys: await find(), now };
    });
  }

  /** The keys of a purpose, the older ones first. */
  findKeys(purpose: string): Promise<SecretEntity[]> {
    return this.secrets.find({ where: { purpose }, order: { createdAt: 'ASC', keyId: 'ASC' } });
  }
}
