import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { AdvisoryLock } from '../database/advisory-lock.js';
import { ChangeFeed } from '../database/change-feed.js';
import type { PeriodicTask } from '../database/periodic-task.js';
import { PeriodicTasks } from '../database/periodic-tasks.js';
import { EventRepository } from './event.repository.js';
import { WebhookDeliveryRepository } from './webhooks/deliveries/webhook-delivery.repository.js';
import { WebhookRepository } from './webhooks/webhook.repository.js';

const RETENTION_LOCK = 4_007_021;
const SWEEP_EVERY_MS = 10 * 60 * 1000;
const BITE = 5_000;
/** Between two bites, so that reports come first. */
const PAUSE_MS = 500;

/**
 * Deletes events and deliveries that are older than EVENT_RETENTION_HOURS, but for what webhooks are still to be told of: an
 * event that has not become a delivery yet, and a delivery that has not ended.
 */
@Injectable()
export class EventRetention {
  private readonly hours: number;
  private readonly task: PeriodicTask;

  constructor(
    @Inject(APP_CONFIG) { eventRetentionHours }: AppConfig,
    private readonly events: EventRepository,
    private readonly webhooks: WebhookRepository,
    private readonly deliveries: WebhookDeliveryRepository,
    feed: ChangeFeed,
    tasks: PeriodicTasks,
  ) {
    this.hours = eventRetentionHours;
    this.task = tasks.add({
      name: 'Deleting old events',
      everyMs: SWEEP_EVERY_MS,
      lock: new AdvisoryLock(feed, RETENTION_LOCK),
      run: () => this.bite(),
    });
  }

  /** Takes the next bite now. */
  run(): Promise<void> {
    return this.task.run();
  }

  /** @returns the pause until the next one; undefined: nothing is left */
  private async bite(): Promise<number | undefined> {
    const isHeard = (await this.webhooks.findActiveIds()).length > 0;
    const planned = isHeard ? await this.deliveries.position() : null;
    const events = await this.events.deleteOld(this.hours, planned, BITE);
    const deliveries = await this.deliveries.deleteOld(this.hours, BITE);
    return Math.max(events, deliveries) === BITE ? PAUSE_MS : undefined;
  }
}
