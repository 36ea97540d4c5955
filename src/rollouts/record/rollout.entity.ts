import { Check, Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { RolloutState } from '../../domain/rollout/rollout-states.js';
import type { HaltRecord, PhaseRecord, Ramp, WindowRecord } from './rollout-records.js';

/** A rollout: what was asked for, how far it has come, and the counters that admissions and outcomes move. */
@Entity('rollout')
@Check(
  'ck_rollout_state',
  "state IN ('draft', 'waiting_for_approval', 'scheduled', 'running', 'paused', 'halted', 'finished', 'aborted')",
)
@Check('ck_rollout_ramp', "ramp IN ('evidence', 'all', 'phases')")
@Index('uq_rollout_open_firmware', ['firmwareId'], {
  unique: true,
  where: "state NOT IN ('finished', 'aborted')",
})
export class RolloutEntity {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: number;

  @ForeignKey('FirmwareEntity', { name: 'fk_rollout_firmware', onDelete: 'CASCADE' })
  @Column({ type: 'bigint' })
  firmwareId!: number;

  @Column({ type: 'varchar', length: 50 })
  deviceType!: string;

  @Column({ type: 'varchar', length: 30, default: 'draft' })
  state!: RolloutState;

  /** A filter, as it was written; null: all devices of the type. */
  @Column({ type: 'text', nullable: true })
  target!: string | null;

  @Column({ type: 'varchar', length: 2000, nullable: true })
  note!: string | null;

  @Column({ type: 'varchar', length: 10 })
  ramp!: Ramp;

  @Column({ type: 'jsonb', default: [] })
  phases!: readonly PhaseRecord[];

  @Column({ type: 'double precision' })
  maxFailureRate!: number;

  @Column({ type: 'double precision' })
  falseAlarmRate!: number;

  @Column({ type: 'integer' })
  silentAfterMinutes!: number;

  @Column({ type: 'double precision' })
  maxAtRiskShare!: number;

  @Column({ type: 'integer' })
  attemptsPerDevice!: number;

  @Column({ type: 'timestamptz', nullable: true })
  startsAt!: Date | null;

  @Column({ type: 'jsonb', default: [] })
  windows!: readonly WindowRecord[];

  /** An IANA name; null: that of each device. */
  @Column({ type: 'varchar', length: 64, nullable: true })
  timeZone!: string | null;

  @Column({ type: 'boolean', default: false })
  needsApproval!: boolean;

  @Column({ type: 'boolean', default: false })
  allowDowngrade!: boolean;

  /** Devices that it is for, counted when it was made; the proofs need it to stay. */
  @Column({ type: 'integer' })
  targetSize!: number;

  /** Seconds, of those devices; null: not known. */
  @Column({ type: 'integer', nullable: true })
  checkInterval!: number | null;

  @Column({ type: 'integer' })
  firstWindow!: number;

  /** Public addresses that are no site, found when it was made. */
  @Column({ type: 'inet', array: true, default: [] })
  sharedAddresses!: string[];

  @Column({ type: 'integer', default: 0 })
  offered!: number;

  @Column({ type: 'integer', default: 0 })
  confirmed!: number;

  @Column({ type: 'integer', default: 0 })
  bad!: number;

  @Column({ type: 'integer', default: 0 })
  released!: number;

  @Column({ type: 'integer', default: 0 })
  excused!: number;

  /** Of the last evaluation. */
  @Column({ type: 'double precision', default: 0 })
  xLog!: number;

  /** Devices that may be pending at once: the window of the last evaluation. */
  @Column({ type: 'integer' })
  atOnce!: number;

  @Column({ type: 'integer', default: 0 })
  phaseIndex!: number;

  @Column({ type: 'timestamptz', nullable: true })
  phaseSettledAt!: Date | null;

  @Column({ type: 'integer' })
  phaseCap!: number;

  /** So few devices check that the network must be down: nothing new is offered. */
  @Column({ type: 'boolean', default: false })
  isHeld!: boolean;

  /** Why it halted last. */
  @Column({ type: 'jsonb', nullable: true })
  halt!: HaltRecord | null;

  @Column({ type: 'boolean', default: false })
  isChangedSinceHalt!: boolean;

  @Column({ type: 'varchar', length: 100 })
  createdBy!: string;

  @Column({ type: 'varchar', length: 100, nullable: true })
  approvedBy!: string | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', nullable: true })
  startedAt!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  endedAt!: Date | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt!: Date;

  /** Counts the actions on it, for If-Match. */
  @Column({ type: 'integer', default: 1 })
  version!: number;
}
