import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { Dimension } from '../../domain/rollout/parts.js';

/** The whole, a group or a block of a rollout, with what counts of its devices. */
@Entity('rollout_part')
export class RolloutPartEntity {
  @ForeignKey('RolloutEntity', { name: 'fk_rollout_part_rollout', onDelete: 'CASCADE' })
  @PrimaryColumn({ type: 'bigint' })
  rolloutId!: number;

  @PrimaryColumn({ type: 'varchar', length: 20 })
  dimension!: Dimension;

  @PrimaryColumn({ type: 'varchar', length: 100 })
  value!: string;

  @Column({ type: 'integer' })
  rank!: number;

  /** Devices offered, less those released. */
  @Column({ type: 'integer', default: 0 })
  n!: number;

  /** Failures that count. */
  @Column({ type: 'integer', default: 0 })
  k!: number;
}
