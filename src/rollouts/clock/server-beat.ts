import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { DatabaseClock } from '../../database/database-clock.js';
import { PeriodicTasks } from '../../database/periodic-tasks.js';
import type { Instant } from '../../domain/instant.js';
import { ClockRepository } from './clock.repository.js';

/** Says that this process runs, so that time in which none did makes no device silent. */
@Injectable()
export class ServerBeat {
  constructor(
    @Inject(APP_CONFIG) { limits }: AppConfig,
    private readonly repository: ClockRepository,
    private readonly clock: DatabaseClock,
    tasks: PeriodicTasks,
  ) {
    tasks.add({
      name: "The servers' heartbeat",
      everyMs: limits.rolloutSweepMs / 2,
      run: () => this.beat(),
    });
  }

  beat(now: Instant = this.clock.now()): Promise<void> {
    return this.repository.beat(now);
  }
}
