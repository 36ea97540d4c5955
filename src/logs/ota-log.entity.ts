import { Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { RepeatedEnd } from '../domain/attempt-history.js';
import type { AttemptStatus } from '../domain/ota-attempt.js';

/** One attempt of one device at one firmware. */
@Entity('device_ota_log')
@Index('ix_device_ota_log_attempt', ['deviceId', 'firmwareId', 'createdAt', 'id'])
@Index('ix_device_ota_log_firmware_id', ['firmwareId', 'id'])
// Nearly all attempts succeed, and are found without it.
@Index('ix_device_ota_log_unsuccessful', ['status', 'id'], { where: "status <> 'success'" })
// A BRIN index, which TypeORM cannot describe.
@Index('ix_device_ota_log_created_at', { synchronize: false })
export class OtaLogEntity {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: number;

  @Column({ type: 'bigint' })
  @ForeignKey('DeviceEntity', { name: 'fk_device_ota_log_device' })
  deviceId!: number;

  @Column({ type: 'bigint' })
  @ForeignKey('FirmwareEntity', { name: 'fk_device_ota_log_firmware' })
  firmwareId!: number;

  @Column({ type: 'varchar', length: 20 })
  status!: AttemptStatus;

  @Column({ type: 'text', nullable: true })
  errorMessage!: string | null;

  @Column({ type: 'bigint', default: 0 })
  bytesDownloaded!: number;

  @Column({ type: 'timestamptz', nullable: true })
  downloadStartedAt!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  downloadCompletedAt!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  installedAt!: Date | null;

  /** Ends that were reported again: see AttemptRecord. null: none. */
  @Column({ type: 'jsonb', nullable: true, select: false })
  repeatedEnds!: readonly RepeatedEnd[] | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt!: Date;
}
