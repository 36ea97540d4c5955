import { Check, Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import type { Role } from '../../domain/permissions.js';

/** A token of a user for a program, which lives until it expires or is revoked. */
@Entity('api_token')
@Unique('uq_api_token_hash', ['tokenHash'])
@Index('uq_api_token_user_name', ['userId', 'name'], { unique: true, where: 'revoked_at IS NULL' })
@Check('ck_api_token_role', `role IN ('viewer', 'operator', 'admin')`)
export class ApiTokenEntity {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: number;

  @Column({ type: 'bigint' })
  @ForeignKey('AdminUserEntity', { name: 'fk_api_token_user', onDelete: 'CASCADE' })
  userId!: number;

  @Column({ type: 'varchar', length: 100 })
  name!: string;

  /** What it may do at most; its user's role is the other limit. */
  @Column({ type: 'varchar', length: 20 })
  role!: Role;

  /** The visible beginning: `ota_abcd`. */
  @Column({ type: 'varchar', length: 20 })
  tokenPrefix!: string;

  /** SHA-256. */
  @Column({ type: 'bytea' })
  tokenHash!: Buffer;

  @Column({ type: 'timestamptz', nullable: true })
  expiresAt!: Date | null;

  /** Written about once a minute. */
  @Column({ type: 'timestamptz', nullable: true })
  lastUsedAt!: Date | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', nullable: true })
  revokedAt!: Date | null;
}
