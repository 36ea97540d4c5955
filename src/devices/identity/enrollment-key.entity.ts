import { Check, Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** What lets devices of one type give themselves an identity. */
@Entity('enrollment_key')
@Unique('uq_enrollment_key_hash', ['keyHash'])
@Check('ck_enrollment_key_enrolled', 'enrolled <= max_devices')
export class EnrollmentKeyEntity {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: number;

  @Column({ type: 'varchar', length: 100, nullable: true })
  name!: string | null;

  @Column({ type: 'varchar', length: 50 })
  deviceType!: string;

  /** SHA-256, lower-case hex. */
  @Column({ type: 'char', length: 64 })
  keyHash!: string;

  /** Its visible beginning. */
  @Column({ type: 'varchar', length: 20 })
  keyPrefix!: string;

  @Column({ type: 'boolean', default: false })
  requiresAcceptance!: boolean;

  @Column({ type: 'timestamptz', nullable: true })
  expiresAt!: Date | null;

  @Column({ type: 'integer', nullable: true })
  maxDevices!: number | null;

  /** Devices that have used it, and no other one since. */
  @Column({ type: 'integer', default: 0 })
  enrolled!: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', nullable: true })
  revokedAt!: Date | null;
}
