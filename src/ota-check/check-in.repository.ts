import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { DevicesService, type DeviceState } from '../devices/devices.service.js';
import { OPEN_STATUSES } from '../domain/ota-attempt.js';

/** A check as it is to be written down. Times are readings of `performance.now()`. */
export interface CheckIn extends DeviceState {
  readonly at: number;
  /** When each firmware was last offered, by its id. */
  readonly offers: ReadonlyMap<number, number>;
}

@Injectable()
export class CheckInRepository {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly devices: DevicesService,
  ) {}

  /** Writes all in one transaction. Each device at most once. */
  async write(checkIns: readonly CheckIn[]): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      // Read after the transaction's own now(), so that no age is taken for shorter than it is: an offer that seemed to
      // come after the report on it would open a second attempt. The wait for a connection may be long.
      const now = performance.now();
      await this.devices.recordCheckIns(
        manager,
        checkIns.map(({ at, ...device }) => ({ ...device, ageMs: now - at })),
      );
      const offers = checkIns.flatMap(({ deviceId, offers }) =>
        [...offers].map(([firmwareId, at]) => ({ deviceId, firmwareId, ageMs: now - at })),
      );
      if (offers.length > 0) await openAttempts(manager, offers);
    });
  }
}

interface Offer {
  readonly deviceId: number;
  readonly firmwareId: number;
  readonly ageMs: number;
}

/**
 * Opens an attempt for each offer, unless one is open, or the device has reported on this firmware since the offer:
 * reports overtake the queue that this comes from.
 */
async function openAttempts(manager: EntityManager, offers: readonly Offer[]): Promise<void> {
  await manager.query(
    `INSERT INTO device_ota_log (device_id, firmware_id, status, created_at, updated_at)
     SELECT device_id, firmware_id, 'pending', offered_at, offered_at
       FROM unnest($1::bigint[], $2::bigint[], $3::float8[]) AS offer (device_id, firmware_id, age_ms),
            LATERAL (SELECT now() - age_ms * interval '1 millisecond' AS offered_at) AS clock
      WHERE EXISTS (SELECT 1 FROM firmware WHERE id = firmware_id)
        AND NOT EXISTS (
              SELECT 1 FROM device_ota_log AS log
               WHERE log.device_id = offer.device_id AND log.firmware_id = offer.firmware_id
                 AND (log.status = ANY($4) OR log.updated_at >= offered_at))`,
    [
      offers.map(({ deviceId }) => deviceId),
      offers.map(({ firmwareId }) => firmwareId),
      offers.map(({ ageMs }) => ageMs),
      OPEN_STATUSES,
    ],
  );
}
