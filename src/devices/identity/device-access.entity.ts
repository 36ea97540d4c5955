import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { MAX_EPOCH, type DeviceIdentity, type Enrollment } from '../../domain/device-access.js';

/** What somebody has decided about who may speak for a device; most devices have no row. */
@Entity('device_access')
@Check('ck_device_access_identity', "identity IN ('none', 'token', 'certificate')")
@Check('ck_device_access_enrollment', "enrollment IN ('none', 'pending', 'accepted', 'rejected')")
@Check('ck_device_access_token_epoch', `token_epoch BETWEEN 0 AND ${MAX_EPOCH}`)
@Index('ix_device_access_changed_in', ['changedIn'])
@Index('ix_device_access_enrollment_key', ['enrollmentKeyId'])
export class DeviceAccessEntity {
  @PrimaryColumn({ type: 'bigint' })
  deviceId!: number;

  @Column({ type: 'varchar', length: 20, default: 'none' })
  identity!: DeviceIdentity;

  @Column({ type: 'varchar', length: 20, default: 'none' })
  enrollment!: Enrollment;

  @Column({ type: 'boolean', default: false })
  isBlocked!: boolean;

  /** Tokens of earlier epochs are revoked. */
  @Column({ type: 'integer', default: 0 })
  tokenEpoch!: number;

  /** When a token of this epoch arrived for the first time; null: never, so it may be given out again. */
  @Column({ type: 'timestamptz', nullable: true })
  tokenUsedAt!: Date | null;

  /** The key that it enrolled with last. */
  @ForeignKey('EnrollmentKeyEntity', { name: 'fk_device_access_enrollment_key' })
  @Column({ type: 'bigint', nullable: true })
  enrollmentKeyId!: number | null;

  /** The number of the transaction that changed it last, which a trigger writes. */
  @Column({ type: 'bigint' })
  changedIn!: number;
}
