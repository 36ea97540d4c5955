import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { Instant } from '../domain/instant.js';
import type { PeriodicTask } from './periodic-task.js';
import { PeriodicTasks } from './periodic-tasks.js';

/** How far the database's clock is ahead of this process's, in microseconds. */
interface Estimate {
  readonly offset: number;
  readonly error: number;
  /** Reading of this process's clock. */
  readonly at: number;
}

const READINGS = 5;
const REFRESH_MS = 10_000;
/** By how much two clocks may drift apart: far more than quartz does. */
const DRIFT = 1e-4;

/**
 * Tells the time by the database's clock without asking the database: events of one device that reach several servers
 * are put in order by it. Within one process it never stands still or goes back.
 */
@Injectable()
export class DatabaseClock implements OnModuleInit {
  /** Until the database has answered: this machine's own clock. */
  private estimate: Estimate = { offset: performance.timeOrigin * 1000, error: Infinity, at: 0 };
  private last: Instant = 0;
  private readonly task: PeriodicTask;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    tasks: PeriodicTasks,
  ) {
    this.task = tasks.add({
      name: "Reading the database's clock",
      everyMs: REFRESH_MS,
      run: () => this.refresh(),
    });
  }

  now(): Instant {
    const reading = Math.round(performance.now() * 1000 + this.estimate.offset);
    this.last = reading > this.last ? reading : this.last + 1;
    return this.last;
  }

  onModuleInit(): Promise<void> {
    return this.task.run();
  }

  /** The fastest of several answers is the most exact. While the database is away the last estimate goes on. */
  private async refresh(): Promise<void> {
    for (let reading = 0; reading < READINGS; reading++) this.consider(await this.read());
  }

  private async read(): Promise<Estimate> {
    const sent = performance.now() * 1000;
    const [{ now }] = await this.dataSource.query<[{ now: Instant }]>(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now',
    );
    const received = performance.now() * 1000;
    return { offset: now - (sent + received) / 2, error: (received - sent) / 2, at: received };
  }

  private consider(next: Estimate): void {
    const { error, at } = this.estimate;
    if (next.error < error + (next.at - at) * DRIFT) this.estimate = next;
  }
}
