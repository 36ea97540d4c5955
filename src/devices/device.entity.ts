import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A device that has asked or reported at least once, and what it last said of itself. */
@Entity('device')
export class DeviceEntity {
  /** The device's own number, 1 .. 2^53-1; wide enough for a 48-bit MAC address. */
  @PrimaryColumn({ type: 'bigint' })
  id!: number;

  /** null until it has checked. */
  @Column({ type: 'varchar', length: 50, nullable: true })
  deviceType!: string | null;

  @Column({ type: 'varchar', length: 32, nullable: true })
  currentVersion!: string | null;

  @Column({ type: 'integer', nullable: true })
  currentBuild!: number | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  firstSeenAt!: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  lastSeenAt!: Date;
}
