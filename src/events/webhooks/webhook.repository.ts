import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import { inTransaction } from '../../database/transaction.js';
import { WebhookEntity } from './webhook.entity.js';

export type NewWebhook = Pick<WebhookEntity, 'url' | 'description' | 'events' | 'secret' | 'fromPlace'>;
export type WebhookChanges = Partial<
  Pick<
    WebhookEntity,
    'url' | 'description' | 'events' | 'isActive' | 'disabledBecause' | 'fromPlace' | 'lastError'
  >
>;

/** A webhook that is told of events. */
export type Recipient = Pick<WebhookEntity, 'id' | 'events' | 'fromPlace' | 'waiting'>;

/** Where messages go, and what they are signed with. */
export type Destination = Pick<WebhookEntity, 'id' | 'url' | 'secret'>;

/** What has become of a try, as the webhook shows it. */
export interface Tried {
  readonly at: Date;
  /** null: it arrived. */
  readonly error: string | null;
  /** Whether the delivery has ended. */
  readonly isEnded: boolean;
}

/** Writes within the transaction of the caller. */
@Injectable()
export class WebhookRepository {
  constructor(@InjectRepository(WebhookEntity) private readonly webhooks: Repository<WebhookEntity>) {}

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return inTransaction(this.webhooks.manager, work);
  }

  findAll(): Promise<WebhookEntity[]> {
    return this.webhooks.find({ order: { id: 'ASC' } });
  }

  exists(id: number): Promise<boolean> {
    return this.webhooks.existsBy({ id });
  }

  async findActiveIds(): Promise<number[]> {
    const rows = await this.webhooks.find({ where: { isActive: true }, select: { id: true } });
    return rows.map(({ id }) => id);
  }

  findDestination(id: number): Promise<Destination | null> {
    return this.webhooks.findOne({ where: { id }, select: { id: true, url: true, secret: true } });
  }

  /** Whoever adds one waits for the others. @returns how many there are */
  async lockAll(manager: EntityManager): Promise<number> {
    await manager.query('LOCK TABLE webhook IN SHARE ROW EXCLUSIVE MODE');
    return manager.getRepository(WebhookEntity).count();
  }

  async insert(manager: EntityManager, webhook: NewWebhook): Promise<WebhookEntity> {
    const rows = manager.getRepository(WebhookEntity);
    const inserted = await rows.insert({ ...webhook });
    const [{ id }] = inserted.raw as [{ id: number }];
    return rows.findOneByOrFail({ id });
  }

  lock(manager: EntityManager, id: number): Promise<WebhookEntity | null> {
    const rows = manager.getRepository(WebhookEntity);
    return rows.findOne({ where: { id }, lock: { mode: 'for_no_key_update' } });
  }

  /** Of a row that is locked. @returns the row as it is then */
  async change(manager: EntityManager, id: number, changes: WebhookChanges): Promise<WebhookEntity> {
    const rows = manager.getRepository(WebhookEntity);
    await rows.update(id, changes);
    return rows.findOneByOrFail({ id });
  }

  /** With its deliveries. */
  async delete(manager: EntityManager, id: number): Promise<void> {
    await manager.getRepository(WebhookEntity).delete(id);
  }

  /** All that are told of events, locked in the order of their ids. */
  lockRecipients(manager: EntityManager): Promise<Recipient[]> {
    return manager.query<Recipient[]>(
      `SELECT id, events, from_place AS "fromPlace", waiting FROM webhook
        WHERE is_active ORDER BY id FOR NO KEY UPDATE`,
    );
  }

  /** So many deliveries more, or fewer, wait. The row is locked. */
  async addWaiting(manager: EntityManager, id: number, count: number): Promise<void> {
    await manager.query('UPDATE webhook SET waiting = waiting + $2 WHERE id = $1', [id, count]);
  }

  /** The row is locked. */
  async noteTry(manager: EntityManager, id: number, { at, error, isEnded }: Tried): Promise<void> {
    await manager.query(
      `UPDATE webhook
          SET waiting = waiting - $2::int, last_error = $3,
              last_success_at = CASE WHEN $3::text IS NULL THEN $4::timestamptz ELSE last_success_at END,
              last_failure_at = CASE WHEN $3::text IS NULL THEN last_failure_at ELSE $4::timestamptz END
        WHERE id = $1`,
      [id, isEnded ? 1 : 0, error, at],
    );
  }

  /** Nothing is sent to it any more, and nothing waits for it. The row is locked. */
  async disable(manager: EntityManager, id: number, because: string): Promise<void> {
    await manager.query(
      'UPDATE webhook SET is_active = false, waiting = 0, disabled_because = $2, updated_at = now() WHERE id = $1',
      [id, because],
    );
  }
}
