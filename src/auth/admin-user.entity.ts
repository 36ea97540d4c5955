import { Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** A person or script that may publish. */
@Entity('admin_user')
@Unique('uq_admin_user_username', ['username'])
export class AdminUserEntity {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: number;

  @Column({ type: 'varchar', length: 100 })
  username!: string;

  /** Argon2id, in its own text format with salt and cost. */
  @Column({ type: 'text' })
  passwordHash!: string;

  /** Raised when the password changes: a token of an earlier epoch is not accepted. */
  @Column({ type: 'integer', default: 0 })
  tokenEpoch!: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
