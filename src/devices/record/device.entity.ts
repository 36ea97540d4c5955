import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Attribute } from '../../domain/device-facts.js';
import type { AttemptStatus } from '../../domain/ota-attempt.js';
import type { RolloutReason } from '../../domain/update-decision.js';
import { MAX_SUCCESSES_OF_ONE_FIRMWARE } from '../../domain/update-decision.js';

/** A device that has asked or reported at least once, and what it last said of itself. */
@Entity('device')
@Index('ix_device_update_loop', ['id'], {
  where: `jsonb_path_exists(update_successes, '$.* ? (@ >= ${MAX_SUCCESSES_OF_ONE_FIRMWARE})')`,
})
@Index('ix_device_unconfirmed', ['firstSeenAt', 'id'], { where: 'NOT is_confirmed' })
@Index('ix_device_running', ['deviceType', 'currentVersion', 'currentBuild'], {
  where: 'current_version IS NOT NULL',
})
@Index('ix_device_folded_name', ['foldedName'], { where: 'folded_name IS NOT NULL' })
export class DeviceEntity {
  /** The device's own number, 1 .. 2^53-1; wide enough for a 48-bit MAC address. */
  @PrimaryColumn({ type: 'bigint' })
  id!: number;

  /** null until it has checked. */
  @Column({ type: 'varchar', length: 50, nullable: true })
  deviceType!: string | null;

  @Column({ type: 'varchar', length: 32, nullable: true })
  currentVersion!: string | null;

  @Column({ type: 'integer', nullable: true })
  currentBuild!: number | null;

  /** The firmware that its last check called for; null when it called for none. */
  @Column({ type: 'bigint', nullable: true })
  offeredFirmwareId!: number | null;

  /** How often it has reported that it installed a firmware since a check called for none, by the firmware's id. */
  @Column({ type: 'jsonb', nullable: true })
  updateSuccesses!: Readonly<Record<string, number>> | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  firstSeenAt!: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  lastSeenAt!: Date;

  /** When the check arrived that says what stands here; null until a server has written one with its time. */
  @Column({ type: 'timestamptz', nullable: true })
  lastCheckedAt!: Date | null;

  /** It came back, or installed something. Noted when it is needed: see UnconfirmedDevices. */
  @Column({ type: 'boolean', default: false })
  isConfirmed!: boolean;

  /** Of currentVersion: see FirmwareVersion.sortKey. Empty when it cannot be ordered; null until it has checked. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  versionSortKey!: string | null;

  /** Of the running image, lower-case hex; may be cut. */
  @Column({ type: 'varchar', length: 64, nullable: true })
  elfSha256!: string | null;

  /** Seconds between two checks, as it says. */
  @Column({ type: 'integer', nullable: true })
  checkInterval!: number | null;

  /** Seconds between two checks, as they came: see learntInterval of the sightings. */
  @Column({ type: 'integer', nullable: true })
  learntInterval!: number | null;

  /** Numbers of its last boots, newest first. */
  @Column({ type: 'bigint', array: true, nullable: true })
  recentBootIds!: number[] | null;

  /** When it last came back with a boot id before its last: two devices have one id. */
  @Column({ type: 'timestamptz', nullable: true })
  bootIdsAlternatedAt!: Date | null;

  @Column({ type: 'boolean', nullable: true })
  acceptsDowngrade!: boolean | null;

  /** What it says of itself beside its question. */
  @Column({ type: 'jsonb', nullable: true })
  ownAttributes!: Readonly<Record<string, Attribute>> | null;

  @Column({ type: 'varchar', length: 100, nullable: true })
  name!: string | null;

  /** See foldName. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  foldedName!: string | null;

  @Column({ type: 'varchar', length: 50, default: 'stable' })
  channel!: string;

  @Column({ type: 'text', array: true, default: [] })
  tags!: string[];

  @Column({ type: 'text', nullable: true })
  notes!: string | null;

  /** What operators say of it; wins over what it says itself. */
  @Column({ type: 'jsonb', nullable: true })
  operatorAttributes!: Readonly<Record<string, Attribute>> | null;

  /** The firmware of its last update: see LastUpdate. */
  @Column({ type: 'bigint', nullable: true })
  updateFirmwareId!: number | null;

  @Column({ type: 'varchar', length: 20, nullable: true })
  updateStatus!: AttemptStatus | null;

  @Column({ type: 'boolean', default: false })
  isRolledBack!: boolean;

  @Column({ type: 'timestamptz', nullable: true })
  updateChangedAt!: Date | null;

  /** Why a rollout brought it no firmware at the last check. */
  @Column({ type: 'varchar', length: 40, nullable: true })
  withheldReason!: RolloutReason | null;

  /** The rollout that was why; null: none alone, or a server of an earlier version has written the reason. */
  @Column({ type: 'bigint', nullable: true })
  withheldBy!: number | null;

  /** From which its last check came that was written. */
  @Column({ type: 'inet', nullable: true })
  lastAddress!: string | null;
}
