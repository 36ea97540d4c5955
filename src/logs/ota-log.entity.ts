import { Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { AttemptStatus } from '../domain/ota-attempt.js';

/** One attempt of one device at one firmware. */
@Entity('device_ota_log')
@Index('ix_device_ota_log_attempt', ['deviceId', 'firmwareId', 'id'])
@Index('ix_device_ota_log_device_id', ['deviceId', 'id'])
@Index('ix_device_ota_log_firmware_id', ['firmwareId', 'id'])
@Index('ix_device_ota_log_status', ['status', 'id'])
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

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt!: Date;
}
