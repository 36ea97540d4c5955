import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, Repository, type EntityManager } from 'typeorm';
import { batchLimits, inTransaction } from '../database/transaction.js';
import { FirmwareDownloadEntity } from './firmware-download.entity.js';

export interface DownloadCount {
  readonly firmwareId: number;
  readonly downloads: number;
}

@Injectable()
export class DownloadRepository {
  constructor(
    @InjectRepository(FirmwareDownloadEntity) private readonly counts: Repository<FirmwareDownloadEntity>,
  ) {}

  findByFirmware(firmwareId: number): Promise<FirmwareDownloadEntity | null> {
    return this.counts.findOneBy({ firmwareId });
  }

  /** Whether this firmware was ever downloaded. */
  hasDownloads(manager: EntityManager, firmwareId: number): Promise<boolean> {
    return manager.getRepository(FirmwareDownloadEntity).existsBy({ firmwareId, downloads: MoreThan(0) });
  }

  /** Adds to what is counted already. Each firmware at most once, in the order of the ids. */
  async add(counts: readonly DownloadCount[], isCareful: boolean): Promise<void> {
    const add = async (manager: EntityManager): Promise<unknown> =>
      manager.query(
        `INSERT INTO firmware_download AS known (firmware_id, downloads, last_download_at)
       SELECT firmware_id, downloads, now() FROM unnest($1::bigint[], $2::bigint[]) AS new (firmware_id, downloads)
        ORDER BY firmware_id
       ON CONFLICT (firmware_id) DO UPDATE SET
         downloads = known.downloads + excluded.downloads, last_download_at = excluded.last_download_at`,
        [counts.map(({ firmwareId }) => firmwareId), counts.map(({ downloads }) => downloads)],
      );
    await inTransaction(this.counts.manager, add, batchLimits(isCareful));
  }
}
