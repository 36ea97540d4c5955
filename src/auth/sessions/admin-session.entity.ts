import { Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** A browser that logged in: its cookie changes with each refresh and stays in one family. */
@Entity('admin_session')
@Unique('uq_admin_session_family', ['familyHash'])
@Index('ix_admin_session_user', ['userId', 'id'])
export class AdminSessionEntity {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: number;

  @Column({ type: 'bigint' })
  @ForeignKey('AdminUserEntity', { name: 'fk_admin_session_user', onDelete: 'CASCADE' })
  userId!: number;

  /** SHA-256 of the part of the cookie that stays. */
  @Column({ type: 'bytea' })
  familyHash!: Buffer;

  /** SHA-256 of the part that is good for one refresh. */
  @Column({ type: 'bytea' })
  refreshHash!: Buffer;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz' })
  expiresAt!: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  lastUsedAt!: Date;
}
