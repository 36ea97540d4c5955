import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.js';
import { ChangeFeed } from '../../../database/change-feed.js';
import type { PeriodicTask } from '../../../database/periodic-task.js';
import { PeriodicTasks } from '../../../database/periodic-tasks.js';
import { Metrics } from '../../../metrics/metrics.js';
import { EVENTS_CHANNEL } from '../../event.repository.js';
import { WebhookRepository } from '../webhook.repository.js';
import { WebhookTransport } from '../webhook-transport.js';
import { DeliveryPlanner } from './delivery-planner.js';
import { DeliverySender } from './delivery-sender.js';
import { WebhookDeliveryRepository } from './webhook-delivery.repository.js';

/** A server that stops leaves to others what takes longer. */
const STOP_MS = 3_000;

/** Plans and sends the deliveries of webhooks, when something happened and every second. */
@Injectable()
export class DeliveryRunner implements BeforeApplicationShutdown {
  private readonly sender: DeliverySender;
  private readonly task: PeriodicTask;

  constructor(
    @Inject(APP_CONFIG) { limits }: AppConfig,
    private readonly webhooks: WebhookRepository,
    private readonly planner: DeliveryPlanner,
    deliveries: WebhookDeliveryRepository,
    transport: WebhookTransport,
    metrics: Metrics,
    changes: ChangeFeed,
    tasks: PeriodicTasks,
  ) {
    this.sender = new DeliverySender(webhooks, deliveries, transport, metrics);
    this.task = tasks.add({
      name: 'Delivering to webhooks',
      everyMs: limits.webhookPollMs,
      run: () => this.run(),
    });
    const hear = (): void => void this.task.run();
    changes.subscribe([EVENTS_CHANNEL], { onChange: hear, onDeaf: hear, onAlive: () => undefined });
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.sender.stop(STOP_MS);
  }

  private async run(): Promise<void> {
    if ((await this.webhooks.findActiveIds()).length === 0) return;
    await this.planner.plan(new Date());
    await this.sender.pump();
  }
}
