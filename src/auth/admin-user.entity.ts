import { Check, Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';
import type { Role } from '../domain/permissions.js';

/** A person or script that uses the server: not only admins, as in the version that named the table. */
@Entity('admin_user')
@Unique('uq_admin_user_username', ['username'])
@Unique('uq_admin_user_username_key', ['usernameKey'])
@Check('ck_admin_user_role', `role IN ('viewer', 'operator', 'admin')`)
export class AdminUserEntity {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: number;

  @Column({ type: 'varchar', length: 100 })
  username!: string;

  /** See usernameKey(). null: written by hand or by an earlier version, so that only equal names are refused. */
  @Column({ type: 'text', nullable: true })
  usernameKey!: string | null;

  /** Argon2id, in its own text format with salt and cost. */
  @Column({ type: 'text' })
  passwordHash!: string;

  @Column({ type: 'varchar', length: 20, default: 'admin' })
  role!: Role;

  /** false: the user cannot log in, and nothing that the user was given is accepted. */
  @Column({ type: 'boolean', default: true })
  isActive!: boolean;

  /** Raised when the password changes or the user is disabled: a JWT of an earlier epoch is not accepted. */
  @Column({ type: 'integer', default: 0 })
  tokenEpoch!: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt!: Date;
}
