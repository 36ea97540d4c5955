import { Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** Devices that somebody has given a name together: those that were put into it, or those that its filter finds. */
@Entity('device_group')
@Unique('uq_device_group_name', ['foldedName'])
export class GroupEntity {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: number;

  @Column({ type: 'varchar', length: 100 })
  name!: string;

  /** See foldName. */
  @Column({ type: 'text', collation: 'C' })
  foldedName!: string;

  @Column({ type: 'text', nullable: true })
  description!: string | null;

  /** null: it has members. */
  @Column({ type: 'text', nullable: true })
  filter!: string | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt!: Date;
}
