import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

/** Somebody's server that is told of events. */
@Entity('webhook')
export class WebhookEntity {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: number;

  @Column({ type: 'varchar', length: 2000 })
  url!: string;

  @Column({ type: 'varchar', length: 200, nullable: true })
  description!: string | null;

  /** Kinds and types. */
  @Column({ type: 'varchar', length: 50, array: true })
  events!: string[];

  /** What messages are signed with; shown once, when it is made. */
  @Column({ type: 'bytea', select: false })
  secret!: Buffer;

  @Column({ type: 'boolean', default: true })
  isActive!: boolean;

  /** Why the server has stopped to use it; null: it did not. */
  @Column({ type: 'text', nullable: true })
  disabledBecause!: string | null;

  /** It is told of events from this place on. */
  @Column({ type: 'bigint' })
  fromPlace!: number;

  /** Deliveries that have neither arrived nor been given up. */
  @Column({ type: 'integer', default: 0 })
  waiting!: number;

  @Column({ type: 'timestamptz', nullable: true })
  lastSuccessAt!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  lastFailureAt!: Date | null;

  /** Of the newest try; null: it arrived. */
  @Column({ type: 'text', nullable: true })
  lastError!: string | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt!: Date;
}
