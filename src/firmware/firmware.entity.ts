import { Column, Entity, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import type { ImageRecord } from '../domain/image-rules.js';

/** A registered firmware: the facts of one stored file and whether devices may have it. */
@Entity('firmware')
@Unique('uq_firmware_release', ['deviceType', 'version', 'buildNumber'])
@Index('ix_firmware_newest_first', ['deviceType', 'versionSortKey', 'buildNumber', 'id'])
export class FirmwareEntity {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: number;

  @Column({ type: 'varchar', length: 50 })
  deviceType!: string;

  @Column({ type: 'varchar', length: 32 })
  version!: string;

  /** See versionSortKey(): its byte order is the order of versions. */
  @Column({ type: 'text', collation: 'C' })
  versionSortKey!: string;

  @Column({ type: 'integer' })
  buildNumber!: number;

  @Column({ type: 'varchar', length: 255 })
  filename!: string;

  /** Bytes. */
  @Column({ type: 'bigint' })
  fileSize!: number;

  /** SHA-256 of the file, lower-case hex. */
  @Column({ type: 'varchar', length: 64 })
  fileHash!: string;

  /** Relative to the firmware store; rows of the original system begin with a slash. */
  @Column({ type: 'varchar', length: 500 })
  binaryPath!: string;

  /** What was read in the file; null when it was registered before files were read. */
  @Column({ type: 'jsonb', nullable: true })
  image!: ImageRecord | null;

  @Column({ type: 'text', nullable: true })
  description!: string | null;

  @Column({ type: 'text', nullable: true })
  releaseNotes!: string | null;

  @Column({ type: 'boolean', default: false })
  isStable!: boolean;

  @Column({ type: 'boolean', default: true })
  isActive!: boolean;

  /** Whether a device whose version cannot be ordered may be offered it. */
  @Column({ type: 'boolean', default: false })
  offerToUnparsable!: boolean;

  @Column({ type: 'varchar', length: 32, nullable: true })
  minCurrentVersion!: string | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt!: Date;

  /** When isStable first became true. */
  @Column({ type: 'timestamptz', nullable: true })
  releasedAt!: Date | null;

  /** When the stored file was removed to save space; null while the file is expected to be there. */
  @Column({ type: 'timestamptz', nullable: true })
  prunedAt!: Date | null;
}
