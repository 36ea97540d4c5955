import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A generated secret that all servers of one database share. */
@Entity('secret')
export class SecretEntity {
  /** What it is for: `jwt`. */
  @PrimaryColumn({ type: 'varchar', length: 40, primaryKeyConstraintName: 'pk_secret' })
  purpose!: string;

  @PrimaryColumn({ type: 'varchar', length: 40, primaryKeyConstraintName: 'pk_secret' })
  keyId!: string;

  @Column({ type: 'bytea' })
  value!: Buffer;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  /** When another key of the same purpose took over; null: in use. */
  @Column({ type: 'timestamptz', nullable: true })
  retiredAt!: Date | null;
}
