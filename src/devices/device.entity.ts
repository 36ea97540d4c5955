import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { MAX_SUCCESSES_OF_ONE_FIRMWARE } from '../domain/update-decision.js';

/** A device that has asked or reported at least once, and what it last said of itself. */
@Entity('device')
@Index('ix_device_update_loop', ['id'], {
  where: `jsonb_path_exists(update_successes, '$.* ? (@ >= ${MAX_SUCCESSES_OF_ONE_FIRMWARE})')`,
})
@Index('ix_device_unconfirmed', ['firstSeenAt', 'id'], { where: 'NOT is_confirmed' })
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

  /** It came back, or installed something. Noted when it is needed: see UnconfirmedDevices. */
  @Column({ type: 'boolean', default: false })
  isConfirmed!: boolean;
}
