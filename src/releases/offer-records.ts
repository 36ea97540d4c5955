import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** @returns whether a device was offered the firmware or fetched it, as far as one table says, within a transaction */
export type OfferRecord = (manager: EntityManager, firmwareId: number) => Promise<boolean>;

/** Knows whether devices were ever offered a firmware, from all who keep a record of that. */
@Injectable()
export class OfferRecords {
  private readonly records: OfferRecord[] = [];

  /** To be called before the application has started. */
  add(record: OfferRecord): void {
    this.records.push(record);
  }

  async include(manager: EntityManager, firmwareId: number): Promise<boolean> {
    // One after the other: they share a connection.
    for (const record of this.records) if (await record(manager, firmwareId)) return true;
    return false;
  }
}
