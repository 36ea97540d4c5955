import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { DeviceState } from '../../domain/rollout/device-events.js';

/** A device that a rollout has offered its firmware. */
@Entity('rollout_device')
@Check(
  'ck_rollout_device_state',
  "state IN ('pending', 'confirmed', 'failed', 'silent', 'released', 'excused')",
)
@Index('ix_rollout_device_state', ['rolloutId', 'state', 'seq'])
@Index('ix_rollout_device_device', ['deviceId'])
export class RolloutDeviceEntity {
  @ForeignKey('RolloutEntity', { name: 'fk_rollout_device_rollout', onDelete: 'CASCADE' })
  @PrimaryColumn({ type: 'bigint' })
  rolloutId!: number;

  @PrimaryColumn({ type: 'bigint' })
  deviceId!: number;

  /** The number of its offer, from 1. */
  @Column({ type: 'integer' })
  seq!: number;

  @Column({ type: 'varchar', length: 10, default: 'pending' })
  state!: DeviceState;

  @Column({ type: 'varchar', length: 64, nullable: true })
  hwRevision!: string | null;

  /** With its chip: `C3-v0.4`. */
  @Column({ type: 'varchar', length: 64, nullable: true })
  chipRevision!: string | null;

  /** What it ran when it was offered the firmware. */
  @Column({ type: 'varchar', length: 64, nullable: true })
  previousVersion!: string | null;

  @Column({ type: 'integer', nullable: true })
  previousBuild!: number | null;

  /** See siteOf. */
  @Column({ type: 'varchar', length: 80, nullable: true })
  site!: string | null;

  /** Boots that it was seen in until it began to install. */
  @Column({ type: 'bigint', array: true, default: [] })
  bootIds!: number[];

  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  @Column({ type: 'boolean', default: false })
  isUnreported!: boolean;

  @Column({ type: 'timestamptz' })
  offeredAt!: Date;

  @Column({ type: 'timestamptz', nullable: true })
  installingAt!: Date | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  changedAt!: Date;

  /** Of the report that made it fail. */
  @Column({ type: 'text', nullable: true })
  errorMessage!: string | null;

  /** Why an operator excused it. */
  @Column({ type: 'varchar', length: 500, nullable: true })
  excuse!: string | null;
}
