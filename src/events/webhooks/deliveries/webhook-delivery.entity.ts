import { Check, Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { EventType } from '../../../domain/event-types.js';

export type DeliveryState = 'waiting' | 'delivered' | 'failed';

/** An event on its way to a webhook. */
@Entity('webhook_delivery')
@Check('ck_webhook_delivery_state', "state IN ('waiting', 'delivered', 'failed')")
@Index('ix_webhook_delivery_webhook', ['webhookId', 'id'])
@Index('ix_webhook_delivery_entity', ['webhookId', 'entity', 'id'], { where: "state = 'waiting'" })
@Index('ix_webhook_delivery_due', ['webhookId', 'nextTryAt'], {
  where: "state = 'waiting' AND next_try_at IS NOT NULL",
})
@Index('ix_webhook_delivery_ended', ['endedAt'], { where: 'ended_at IS NOT NULL' })
export class WebhookDeliveryEntity {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: number;

  @ForeignKey('WebhookEntity', { name: 'fk_webhook_delivery_webhook', onDelete: 'CASCADE' })
  @Column({ type: 'bigint' })
  webhookId!: number;

  /** The same for every try. */
  @Column({ type: 'varchar', length: 60 })
  messageId!: string;

  @Column({ type: 'varchar', length: 50 })
  type!: EventType;

  @Column({ type: 'varchar', length: 120 })
  entity!: string;

  /** The bytes that are signed. */
  @Column({ type: 'text' })
  body!: string;

  @Column({ type: 'varchar', length: 20, default: 'waiting' })
  state!: DeliveryState;

  @Column({ type: 'integer', default: 0 })
  tries!: number;

  /** null: it has ended, or an earlier one of its entity has not. */
  @Column({ type: 'timestamptz', nullable: true })
  nextTryAt!: Date | null;

  /** A server tries it, and nobody else does until then. */
  @Column({ type: 'timestamptz', nullable: true })
  claimedUntil!: Date | null;

  /** The HTTP status of the newest try; null: there was no answer. */
  @Column({ type: 'integer', nullable: true })
  lastStatus!: number | null;

  @Column({ type: 'text', nullable: true })
  lastError!: string | null;

  @Column({ type: 'timestamptz' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', nullable: true })
  endedAt!: Date | null;
}
