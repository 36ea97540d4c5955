import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { inTransaction } from '../database/transaction.js';
import { TicketKeyEntity } from './ticket-key.entity.js';

const ROTATION_LOCK = 4_007_003;

/** What is to become of the keys. */
export interface KeyChanges {
  /** null: no new one. */
  readonly startsAt: Date | null;
  readonly secret: Buffer;
  readonly ended: readonly TicketKeyEntity[];
}

export interface KeysNow {
  /** In the order in which they start. */
  readonly keys: readonly TicketKeyEntity[];
  /** By the database's clock. */
  readonly now: Date;
}

@Injectable()
export class TicketKeyRepository {
  constructor(@InjectRepository(TicketKeyEntity) private readonly keys: Repository<TicketKeyEntity>) {}

  /** Reads the keys, and changes them while nobody else does. @returns them as they are afterwards */
  async rotate(decide: (keys: KeysNow) => KeyChanges): Promise<KeysNow> {
    return inTransaction(this.keys.manager, async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [ROTATION_LOCK]);
      const [{ now }] = await manager.query<[{ now: Date }]>('SELECT clock_timestamp() AS now');
      const find = (): Promise<TicketKeyEntity[]> =>
        manager.find(TicketKeyEntity, { order: { startsAt: 'ASC', id: 'ASC' } });

      const { startsAt, secret, ended } = decide({ keys: await find(), now });
      if (startsAt) await manager.insert(TicketKeyEntity, { secret, startsAt });
      if (ended.length > 0)
        await manager.delete(
          TicketKeyEntity,
          ended.map(({ id }) => id),
        );
      return { keys: await find(), now };
    });
  }
}
