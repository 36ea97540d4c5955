import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import type { PeriodicTask } from '../../database/periodic-task.js';
import { PeriodicTasks } from '../../database/periodic-tasks.js';
import { EVERYTHING } from '../../domain/filter/filter.js';
import { Metrics } from '../../metrics/metrics.js';
import { FleetRepository } from './fleet.repository.js';
import { levelsOf, summarize, type FleetSummary } from './fleet-summary.js';

/** Looking takes at most a twentieth of the time, however many devices there are. */
const REST = 20;
/** How old a summary of few devices may be that somebody is shown. */
const FRESH_MS = 1_000;

interface Look {
  readonly summary: FleetSummary;
  /** Readings of `performance.now()`. */
  readonly begun: number;
  readonly ended: number;
}

/**
 * Counts the whole fleet once in a while, for the metrics and for whoever asks for a summary of everything: the database
 * is never asked for the sake of a scrape, and not by everybody who looks at a dashboard.
 */
@Injectable()
export class FleetLook implements OnApplicationBootstrap {
  private last: Look | null = null;
  private next: Promise<Look> | null = null;
  private readonly task: PeriodicTask;

  constructor(
    @Inject(APP_CONFIG) { limits }: AppConfig,
    private readonly fleet: FleetRepository,
    private readonly metrics: Metrics,
    tasks: PeriodicTasks,
  ) {
    this.task = tasks.add({
      name: 'Counting the devices',
      everyMs: limits.fleetLookMs,
      run: async () => {
        const { begun, ended } = await this.again();
        const restMs = (ended - begun) * REST;
        return restMs > limits.fleetLookMs ? restMs : undefined;
      },
    });
  }

  /** Nothing waits for it. */
  onApplicationBootstrap(): void {
    void this.task.run();
  }

  /** At most a second old; a fleet that takes long to count is counted less often. */
  async summary(): Promise<FleetSummary> {
    const { last } = this;
    const isFresh =
      last !== null && performance.now() - last.ended < Math.max(FRESH_MS, (last.ended - last.begun) * REST);
    return (isFresh ? last : await this.again()).summary;
  }

  /** All that ask while it is counted share the result. */
  private again(): Promise<Look> {
    this.next ??= this.count().finally(() => {
      this.next = null;
    });
    return this.next;
  }

  private async count(): Promise<Look> {
    const begun = performance.now();
    const cells = await this.fleet.countCells(EVERYTHING);
    const days = await this.fleet.countDays(EVERYTHING);
    this.metrics.devices.set(
      levelsOf(cells).map(({ labels, devices }) => ({ labels: { ...labels }, value: devices })),
    );
    this.last = { summary: summarize(cells, days), begun, ended: performance.now() };
    return this.last;
  }
}
