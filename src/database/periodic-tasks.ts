import { setTimeout as sleep } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { PeriodicTask, type PeriodicTaskOptions } from './periodic-task.js';

/** Starts every periodic task with the app, and stops it with the app. */
@Injectable()
export class PeriodicTasks implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('PeriodicTasks');
  private readonly tasks: PeriodicTask[] = [];
  private isStarted = false;

  constructor(@Inject(APP_CONFIG) private readonly config: AppConfig) {}

  /** It runs for the first time after a pause, or when its `run` is called. */
  add(options: PeriodicTaskOptions): PeriodicTask {
    const task = new PeriodicTask(options);
    this.tasks.push(task);
    if (this.isStarted) task.start();
    return task;
  }

  onApplicationBootstrap(): void {
    this.isStarted = true;
    for (const task of this.tasks) task.start();
  }

  /** Waits for what runs, but not for ever: a disk or a connection may hang. */
  async beforeApplicationShutdown(): Promise<void> {
    const { drainMs } = this.config.limits;
    const running = new Set(this.tasks);
    const stopped = this.tasks.map(async (task) => {
      await task.stop();
      running.delete(task);
    });
    await Promise.race([Promise.all(stopped), sleep(drainMs, undefined, { ref: false })]);
    for (const { name } of running) {
      this.logger.warn(`${name} did not end within ${drainMs / 1000} s and is left behind.`);
    }
  }
}
