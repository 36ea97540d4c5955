import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import type { EventPlace } from '../../../domain/event-place.js';
import { WebhookDeliveryEntity } from './webhook-delivery.entity.js';

export type NewDelivery = Pick<WebhookDeliveryEntity, 'webhookId' | 'messageId' | 'type' | 'entity' | 'body'>;

/** A delivery that this server alone tries at the moment. */
export type ClaimedDelivery = Pick<
  WebhookDeliveryEntity,
  'id' | 'webhookId' | 'messageId' | 'type' | 'entity' | 'body' | 'tries' | 'createdAt'
>;

/** A webhook of which so many deliveries may be claimed. */
export interface Slots {
  readonly webhookId: number;
  readonly free: number;
}

/** What is written of a try. */
export type TriedDelivery = Pick<WebhookDeliveryEntity, 'state' | 'nextTryAt' | 'lastStatus' | 'lastError'>;

export interface DeliveryPage {
  readonly rows: readonly WebhookDeliveryEntity[];
  readonly total: number;
}

@Injectable()
export class WebhookDeliveryRepository {
  constructor(
    @InjectRepository(WebhookDeliveryEntity)
    private readonly deliveries: Repository<WebhookDeliveryEntity>,
  ) {}

  /** Newest first. */
  async list(webhookId: number, skip: number, take: number): Promise<DeliveryPage> {
    const [rows, total] = await this.deliveries.findAndCount({
      where: { webhookId },
      order: { id: 'DESC' },
      skip,
      take,
    });
    return { rows, total };
  }

  /** Up to where events have become deliveries, locked until the transaction ends; null: another server is at it. */
  async lockPosition(manager: EntityManager): Promise<EventPlace | null> {
    const [position] = await manager.query<EventPlace[]>(
      'SELECT place, id FROM webhook_position FOR UPDATE SKIP LOCKED',
    );
    return position ?? null;
  }

  async setPosition(manager: EntityManager, { place, id }: EventPlace): Promise<void> {
    await manager.query('UPDATE webhook_position SET place = $1, id = $2', [place, id]);
  }

  async position(): Promise<EventPlace> {
    const [position] = await this.deliveries.query<[EventPlace]>('SELECT place, id FROM webhook_position');
    return position;
  }

  /** In their order. The webhooks' rows are locked, so that none of their deliveries ends meanwhile. */
  async insert(manager: EntityManager, deliveries: readonly NewDelivery[], now: Date): Promise<void> {
    await manager.query(
      `WITH new AS (
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[])
           WITH ORDINALITY AS one (webhook_id, message_id, type, entity, body, nth))
       INSERT INTO webhook_delivery (webhook_id, message_id, type, entity, body, created_at, next_try_at)
       SELECT webhook_id, message_id, type, entity, body, $6::timestamptz,
              CASE WHEN nth = min(nth) OVER (PARTITION BY webhook_id, entity)
                    AND NOT EXISTS (SELECT FROM webhook_delivery AS before
                                     WHERE before.webhook_id = new.webhook_id AND before.entity = new.entity
                                       AND before.state = 'waiting')
                   THEN $6::timestamptz END
         FROM new ORDER BY nth`,
      [
        deliveries.map(({ webhookId }) => webhookId),
        deliveries.map(({ messageId }) => messageId),
        deliveries.map(({ type }) => type),
        deliveries.map(({ entity }) => entity),
        deliveries.map(({ body }) => body),
        now,
      ],
    );
  }

  /** Takes deliveries whose time has come, the oldest first, for itself until then. Passes over what others have. */
  async claim(slots: readonly Slots[], now: Date, until: Date): Promise<ClaimedDelivery[]> {
    const [rows] = await this.deliveries.query<[ClaimedDelivery[], number]>(
      `WITH due AS MATERIALIZED (
         SELECT one.id
           FROM unnest($1::bigint[], $2::int[]) AS slot (webhook_id, free),
                LATERAL (SELECT id FROM webhook_delivery
                          WHERE webhook_id = slot.webhook_id AND state = 'waiting' AND next_try_at <= $3
                            AND (claimed_until IS NULL OR claimed_until <= $3)
                          ORDER BY next_try_at, id LIMIT slot.free FOR UPDATE SKIP LOCKED) AS one)
       UPDATE webhook_delivery AS claimed SET claimed_until = $4 FROM due WHERE claimed.id = due.id
       RETURNING claimed.id, webhook_id AS "webhookId", message_id AS "messageId", type, entity, body, tries,
                 created_at AS "createdAt"`,
      [slots.map(({ webhookId }) => webhookId), slots.map(({ free }) => free), now, until],
    );
    return rows.sort((one, other) => one.id - other.id);
  }

  /** Lets others have what was not tried. */
  async release(ids: readonly number[]): Promise<void> {
    await this.deliveries.query(
      'UPDATE webhook_delivery SET claimed_until = NULL WHERE id = ANY($1::bigint[])',
      [ids],
    );
  }

  /**
   * What has become of a try; the webhook's row is locked. When it is the last one, the next delivery of its entity is due.
   * @returns false when it had ended before
   */
  async noteTry(
    manager: EntityManager,
    { id, webhookId, entity }: Pick<ClaimedDelivery, 'id' | 'webhookId' | 'entity'>,
    { state, nextTryAt, lastStatus, lastError }: TriedDelivery,
    now: Date,
  ): Promise<boolean> {
    const [, count] = await manager.query<[unknown[], number]>(
      `UPDATE webhook_delivery
          SET tries = tries + 1, state = $2::text, next_try_at = $3, last_status = $4, last_error = $5,
              claimed_until = NULL, ended_at = CASE WHEN $2::text = 'waiting' THEN NULL ELSE $6::timestamptz END
        WHERE id = $1 AND state = 'waiting'`,
      [id, state, nextTryAt, lastStatus, lastError, now],
    );
    if (count > 0 && state !== 'waiting') {
      await manager.query(
        `UPDATE webhook_delivery SET next_try_at = $3
          WHERE id = (SELECT min(id) FROM webhook_delivery
                       WHERE webhook_id = $1 AND entity = $2 AND state = 'waiting')`,
        [webhookId, entity, now],
      );
    }
    return count > 0;
  }

  /** Gives up all that wait for a webhook, whose row is locked. */
  async giveUpAll(manager: EntityManager, webhookId: number, because: string, now: Date): Promise<void> {
    await manager.query(
      `UPDATE webhook_delivery
          SET state = 'failed', next_try_at = NULL, claimed_until = NULL, ended_at = $3, last_error = $2
        WHERE webhook_id = $1 AND state = 'waiting'`,
      [webhookId, because, now],
    );
  }

  /** @returns how many deliveries were deleted that ended more than so many hours ago */
  async deleteOld(hours: number, limit: number): Promise<number> {
    const [, deleted] = await this.deliveries.query<[unknown[], number]>(
      `DELETE FROM webhook_delivery WHERE id IN (
         SELECT id FROM webhook_delivery WHERE ended_at < now() - $1::int * interval '1 hour'
          ORDER BY ended_at LIMIT $2)`,
      [hours, limit],
    );
    return deleted;
  }
}
