import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { PeriodicTask } from '../database/periodic-task.js';
import { PeriodicTasks } from '../database/periodic-tasks.js';
import { Metrics } from '../metrics/metrics.js';
import { AuditRepository } from './audit.repository.js';
import { AuditLog } from './audit.service.js';

const READ_EVERY_MS = 60_000;
const LOG_EVERY_MS = 24 * 3600_000;

/**
 * Puts the head of the audit log where it is kept apart from the database: in a metric, and in the log of the server when
 * it starts and once a day.
 */
@Injectable()
export class AuditHeadWatch implements OnApplicationBootstrap {
  private readonly logger = new Logger('Audit');
  private readonly task: PeriodicTask;
  private lastId = 0;
  private loggedAt = -Infinity;

  constructor(
    private readonly rows: AuditRepository,
    private readonly audit: AuditLog,
    tasks: PeriodicTasks,
    metrics: Metrics,
  ) {
    metrics.auditLastId.watch('', () => this.lastId);
    this.task = tasks.add({
      name: 'Reading the head of the audit log',
      everyMs: READ_EVERY_MS,
      run: () => this.read(),
    });
  }

  onApplicationBootstrap(): void {
    void this.task.run();
  }

  private async read(): Promise<void> {
    this.audit.tellLeftOut();
    const { lastId, lastHash } = await this.rows.head();
    this.lastId = lastId;
    if (lastId === 0 || performance.now() - this.loggedAt < LOG_EVERY_MS) return;
    this.loggedAt = performance.now();
    this.logger.log(`The head of the audit log is ${lastId}:${lastHash}.`);
  }
}
