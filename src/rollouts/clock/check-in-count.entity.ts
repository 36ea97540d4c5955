import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Check-ins of all servers in five minutes. */
@Entity('check_in_count')
export class CheckInCountEntity {
  @PrimaryColumn({ type: 'timestamptz' })
  beginsAt!: Date;

  /** Of devices that are in this rollout; 0: of all devices. */
  @PrimaryColumn({ type: 'bigint' })
  rolloutId!: number;

  @Column({ type: 'integer' })
  checks!: number;
}
