import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { PeriodicTasks } from '../database/periodic-tasks.js';
import { HealthMonitor } from '../http/health/health-monitor.js';
import { EventLog } from './event-log.js';
import { serverOnRecord } from './on-record.js';

const LOOK_EVERY_MS = 2_000;
/** A server that stops does not wait longer for its last event. */
const LAST_WORD_MS = 1_000;

/** Records that this process starts and stops, and that something it needs cannot be used. */
@Injectable()
export class ServerEvents implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Events');
  private readonly server = `${hostname()}/${process.pid}`.slice(-100);
  private isHealthy = true;
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly events: EventLog,
    private readonly health: HealthMonitor,
    tasks: PeriodicTasks,
  ) {
    tasks.add({ name: 'Recording the health', everyMs: LOOK_EVERY_MS, run: () => this.look() });
  }

  onApplicationBootstrap(): void {
    this.say('server.started');
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.say('server.stopping');
    await Promise.race([this.last, sleep(LAST_WORD_MS, undefined, { ref: false })]);
  }

  /** While the database is away nothing can be recorded; what is left of the trouble then is. */
  private async look(): Promise<void> {
    const { isOk, parts } = this.health.report();
    if (isOk === this.isHealthy) return;
    const detail = Object.entries(parts).flatMap(([part, finding]) =>
      finding === 'ok' ? [] : [`${part}: ${finding}`],
    );
    const type = isOk ? 'server.recovered' : 'server.degraded';
    await this.record(type, isOk ? null : detail.join(', '));
    this.isHealthy = isOk;
  }

  private say(type: 'server.started' | 'server.stopping'): void {
    this.last = this.last
      .then(() => this.record(type, null))
      .catch((error: unknown) => {
        this.logger.debug(`${type} could not be recorded: ${String(error)}`);
      });
  }

  private record(
    type: 'server.started' | 'server.stopping' | 'server.degraded' | 'server.recovered',
    detail: string | null,
  ): Promise<void> {
    const data = serverOnRecord(this.server, detail);
    return this.events.recordAlone({ type, entity: `server:${this.server}`, data });
  }
}
