import type { WebhookMessage } from '../../domain/webhook-delivery.js';
import { EventResponse } from '../dto/event.dto.js';
import type { RecordedEvent } from '../event.repository.js';

/** The same event is the same message for every webhook. */
export const messageOf = (event: RecordedEvent): WebhookMessage => ({
  id: `evt_${event.id}`,
  body: JSON.stringify(EventResponse.from(event)),
});

/** Headers beside the signature. */
export const MESSAGE_HEADERS = {
  'Content-Type': 'application/json',
  'User-Agent': 'ota-server-webhooks',
} as const;

/** What an admin sends to see whether it arrives. */
export const testMessage = (webhookId: number, now: Date): WebhookMessage => ({
  id: `test_${webhookId}_${now.getTime()}`,
  body: JSON.stringify({
    type: 'webhook.test',
    timestamp: now.toISOString(),
    entity: `webhook:${webhookId}`,
    data: {},
  }),
});
