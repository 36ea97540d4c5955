import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { AuditEvents } from './audit-events.js';
import { EventLogModule } from './event-log.module.js';
import { EventRetention } from './event-retention.js';
import { ServerEvents } from './server-events.js';
import { EventStreams } from './stream/event-streams.js';
import { EventTail } from './stream/event-tail.js';
import { EventsController } from './stream/events.controller.js';
import { DeliveryPlanner } from './webhooks/deliveries/delivery-planner.js';
import { DeliveryRunner } from './webhooks/deliveries/delivery-runner.js';
import { WebhookDeliveryEntity } from './webhooks/deliveries/webhook-delivery.entity.js';
import { WebhookDeliveryRepository } from './webhooks/deliveries/webhook-delivery.repository.js';
import { WebhookEntity } from './webhooks/webhook.entity.js';
import { WebhookRepository } from './webhooks/webhook.repository.js';
import { TRANSPORT_DEFAULTS, WebhookTransport } from './webhooks/webhook-transport.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';
import { WebhooksService } from './webhooks/webhooks.service.js';

@Module({
  imports: [
    EventLogModule,
    AuditModule,
    AuthModule,
    TypeOrmModule.forFeature([WebhookEntity, WebhookDeliveryEntity]),
  ],
  controllers: [EventsController, WebhooksController],
  providers: [
    AuditEvents,
    DeliveryPlanner,
    DeliveryRunner,
    EventRetention,
    EventStreams,
    EventTail,
    ServerEvents,
    WebhookDeliveryRepository,
    WebhookRepository,
    WebhooksService,
    {
      provide: WebhookTransport,
      inject: [APP_CONFIG],
      useFactory: ({ webhookAllowPrivate: allowPrivate }: AppConfig) =>
        new WebhookTransport({ ...TRANSPORT_DEFAULTS, allowPrivate }),
    },
  ],
})
export class EventsModule {}
