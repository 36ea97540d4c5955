import { Injectable } from '@nestjs/common';
import { DevicesService } from '../devices/devices.service.js';
import { DomainError } from '../domain/errors.js';
import { applyReport, type AttemptReport } from '../domain/ota-attempt.js';
import { LogsRepository, type LogFilter, type LogPage } from './logs.repository.js';
import type { OtaLogEntity } from './ota-log.entity.js';

/** What a device says of its attempt at a firmware. */
export interface DeviceReport extends AttemptReport {
  readonly deviceId: number;
  readonly firmwareId: number;
}

@Injectable()
export class LogsService {
  constructor(
    private readonly logs: LogsRepository,
    private readonly devices: DevicesService,
  ) {}

  /**
   * Creates or updates the log of the attempt that a report belongs to. When this resolves, it is committed.
   * @throws DomainError FIRMWARE_NOT_FOUND, with nothing written
   */
  report(report: DeviceReport): Promise<Pick<OtaLogEntity, 'id' | 'status'>> {
    const { deviceId, firmwareId } = report;
    return this.logs.transaction(async (manager) => {
      const now = await this.devices.recordReport(manager, deviceId);
      const latest = await this.logs.findLatestAttempt(manager, deviceId, firmwareId);
      const outcome = applyReport(latest, report, now);
      if (outcome.kind === 'repeat') return outcome.attempt;

      const { state } = outcome;
      if (outcome.kind === 'advance') {
        await this.logs.advanceAttempt(manager, outcome.attempt.id, state, now);
        return { id: outcome.attempt.id, status: state.status };
      }
      const id = await this.logs.openAttempt(manager, { ...state, deviceId, firmwareId }, now);
      if (id === null) {
        throw new DomainError('FIRMWARE_NOT_FOUND', `There is no firmware with the id ${firmwareId}.`);
      }
      return { id, status: state.status };
    });
  }

  list(filter: LogFilter, skip: number, limit: number): Promise<LogPage> {
    return this.logs.list(filter, skip, limit);
  }
}
