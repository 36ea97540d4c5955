import type { Json } from '../../domain/audit-chain.js';
import type { WebhookEntity } from './webhook.entity.js';

/* What the audit log says of webhooks, by the names that the API has for it. */

export const webhookTarget = (id: number): string => `webhook:${id}`;

/** Neither the secret nor the path of the URL: those of chat services are as good as a password. */
export const webhookOnRecord = ({
  url,
  description,
  events,
  isActive,
}: Pick<WebhookEntity, 'url' | 'description' | 'events' | 'isActive'>): Readonly<Record<string, Json>> => ({
  url: new URL(url).origin,
  description,
  events,
  is_active: isActive,
});
