import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { GroupCommit, type Outcome } from '../database/group-commit.js';
import { DevicesService } from '../devices/devices.service.js';
import { UpdateLoops, type LoopingDevice } from '../devices/devices.exports.js';
import { DomainError } from '../domain/errors.js';
import { isEnded, type AttemptStatus } from '../domain/ota-attempt.js';
import { Metrics } from '../metrics/metrics.js';
import { LoadMonitor } from '../overload/load-monitor.js';
import { LogsRepository, type LogFilter, type LogPage } from './logs.repository.js';
import { planReports, type DeviceReport } from './plan-reports.js';

export type { DeviceReport };

/** The attempt that a report went to, and where it stands. */
export interface ReportReceipt {
  readonly id: number;
  readonly status: AttemptStatus;
}

/** Two batches: one works while the other waits for the disk. */
const GROUPED = { maxBatch: 512, inFlight: 2 };
/** A transaction for each report, as many as there are connections to the database. */
const ALONE = { maxBatch: 1, inFlight: 10 };

@Injectable()
export class LogsService {
  private readonly reports: GroupCommit<DeviceReport, ReportReceipt>;

  constructor(
    @Inject(APP_CONFIG) { groupCommit, limits }: AppConfig,
    private readonly logs: LogsRepository,
    private readonly devices: DevicesService,
    private readonly metrics: Metrics,
    private readonly loops: UpdateLoops,
    load: LoadMonitor,
  ) {
    load.watchQueue('reports', () => this.depth, limits.reportCapacity / 2);
    this.reports = new GroupCommit({
      ...(groupCommit ? GROUPED : ALONE),
      capacity: limits.reportCapacity,
      keyOf: ({ deviceId }) => deviceId,
      commit: (batch) => this.commit(batch),
    });
  }

  /** Reports that wait for a transaction. */
  get depth(): number {
    return this.reports.depth;
  }

  /**
   * Creates or updates the log of the attempt that a report belongs to. When this resolves, it is committed.
   * @throws DomainError FIRMWARE_NOT_FOUND, OVERLOADED, with nothing written
   */
  async report(report: DeviceReport): Promise<ReportReceipt> {
    const receipt = await this.reports.add(report);
    if (report.status === 'success') await this.loops.untilHeard(report.deviceId);
    return receipt;
  }

  list(filter: LogFilter, skip: number, limit: number): Promise<LogPage> {
    return this.logs.list(filter, skip, limit);
  }

  private async commit(batch: readonly DeviceReport[]): Promise<Outcome<ReportReceipt>[]> {
    let looping: readonly LoopingDevice[] = [];
    const outcomes = await this.logs.transaction(async (manager) => {
      const firmware = await this.logs.findFirmware(
        manager,
        batch.map(({ firmwareId }) => firmwareId),
      );
      const reports = batch.filter(({ firmwareId }) => firmware.has(firmwareId));
      if (reports.length === 0) return batch.map(unknownFirmware);

      const now = await this.devices.recordReports(
        manager,
        reports.map(({ deviceId }) => deviceId),
      );
      const latest = await this.logs.findLatestAttempts(manager, reports);
      const { opened, advanced, results } = planReports(reports, latest, now);
      await this.logs.advanceAttempts(manager, advanced, now);
      await this.logs.openAttempts(manager, opened, now);
      const successes = [...advanced, ...opened].filter(({ state }) => state.status === 'success');
      looping = await this.devices.recordSuccesses(manager, successes);

      const receipts = new Map(
        results.map(({ report, attempt, status }) => [report, { id: attempt.id, status }]),
      );
      return batch.map((report): Outcome<ReportReceipt> => {
        const result = receipts.get(report);
        return result ? { kind: 'done', result } : unknownFirmware(report);
      });
    });
    this.loops.note(looping);
    this.metrics.batchSize.observe(batch.length, 'reports');
    for (const outcome of outcomes)
      if (outcome.kind === 'done') this.metrics.reports.add(1, outcome.result.status);
    for (const { deviceId, status } of batch) if (isEnded(status)) this.devices.noteEnd(deviceId);
    return outcomes;
  }
}

function unknownFirmware({ firmwareId }: DeviceReport): Outcome<never> {
  const reason = new DomainError('FIRMWARE_NOT_FOUND', `There is no firmware with the id ${firmwareId}.`);
  return { kind: 'refused', reason };
}
