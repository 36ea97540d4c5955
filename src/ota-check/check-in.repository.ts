import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { batchLimits, inTransaction } from '../database/transaction.js';
import { DevicesService, type DeviceState } from '../devices/devices.service.js';
import type { ReportedFacts } from '../domain/device-facts.js';
import type { Instant } from '../domain/instant.js';
import { LogsService, type Offer } from '../logs/logs.exports.js';

/** A check as it is to be written down. */
export interface CheckIn extends DeviceState {
  readonly address: string | null;
  /** When it arrived. */
  readonly at: Instant;
  readonly facts: ReportedFacts | null;
  /** Whether the device says something that is not on record; otherwise only the offer is to be written. */
  readonly isNews: boolean;
}

/** What became of check-ins. */
export interface WrittenCheckIns {
  /** Devices that were passed over. */
  readonly locked: ReadonlySet<number>;
  /** Devices whose news are on record. */
  readonly written: ReadonlySet<number>;
}

/** Has no table of its own: it makes one transaction of what devices and logs write into theirs. */
@Injectable()
export class CheckInRepository {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly devices: DevicesService,
    private readonly logs: LogsService,
  ) {}

  /**
   * Writes all in one transaction, but for the devices whose rows are locked. Each device at most once.
   * @param isCareful passes over what somebody else has locked
   */
  async write(
    checkIns: readonly CheckIn[],
    offers: readonly Offer[],
    isCareful: boolean,
  ): Promise<WrittenCheckIns> {
    return inTransaction(
      this.dataSource.manager,
      async (manager) => {
        const ids = checkIns.map(({ deviceId }) => deviceId);
        const locked = isCareful ? await this.devices.lockFree(manager, ids) : new Set<number>();
        const free = checkIns.filter(({ deviceId }) => !locked.has(deviceId));
        const written = await this.devices.recordCheckIns(
          manager,
          free.filter(({ isNews }) => isNews),
        );
        const repeats = free.filter(({ isNews }) => !isNews);
        const onRecord = await this.devices.lock(
          manager,
          repeats.map(({ deviceId }) => deviceId),
        );
        // Forgotten since, and here again.
        const forgotten = repeats.filter(({ deviceId }) => !onRecord.has(deviceId));
        await this.devices.recordCheckIns(manager, forgotten);
        const ofFree = offers.filter(({ deviceId }) => !locked.has(deviceId));
        if (ofFree.length > 0) await this.logs.recordOffers(manager, ofFree);
        return { locked, written };
      },
      batchLimits(isCareful),
    );
  }
}
