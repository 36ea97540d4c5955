import { Column, Entity, ForeignKey, PrimaryGeneratedColumn } from 'typeorm';

/** Time in which the devices of rollouts could not report. */
@Entity('rollout_pause')
export class RolloutPauseEntity {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: number;

  /** null: no server ran, so it is a pause of every rollout. */
  @ForeignKey('RolloutEntity', { name: 'fk_rollout_pause_rollout', onDelete: 'CASCADE' })
  @Column({ type: 'bigint', nullable: true })
  rolloutId!: number | null;

  @Column({ type: 'timestamptz' })
  fromAt!: Date;

  @Column({ type: 'timestamptz' })
  toAt!: Date;
}
