import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** How often a firmware was fetched. */
@Entity('firmware_download')
export class FirmwareDownloadEntity {
  @PrimaryColumn({ type: 'bigint' })
  @ForeignKey('FirmwareEntity', { name: 'fk_firmware_download_firmware', onDelete: 'CASCADE' })
  firmwareId!: number;

  /** Downloads that began at the first byte; a later range goes on with one. */
  @Column({ type: 'bigint', default: 0 })
  downloads!: number;

  @Column({ type: 'timestamptz' })
  lastDownloadAt!: Date;
}
