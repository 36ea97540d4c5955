import { Inject, Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../../audit/audit.exports.js';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { isEventSelector } from '../../domain/event-types.js';
import { DomainError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import { quoted } from '../../domain/quoted.js';
import { newWebhookSecret, secretText, signatureHeaders } from '../../domain/webhook-delivery.js';
import { EventRepository } from '../event.repository.js';
import { WebhookDeliveryRepository, type DeliveryPage } from './deliveries/webhook-delivery.repository.js';
import { MESSAGE_HEADERS, testMessage } from './message.js';
import { webhookOnRecord, webhookTarget } from './on-record.js';
import type { WebhookEntity } from './webhook.entity.js';
import { WebhookRepository } from './webhook.repository.js';
import { WebhookTransport, type Receipt } from './webhook-transport.js';
import { requireWebhookUrl } from './webhook-url.js';

/** What an admin chooses. */
export interface WebhookChoice {
  readonly url: string;
  readonly description: string | null;
  readonly events: readonly string[];
}

export type WebhookChange = Partial<WebhookChoice & { readonly isActive: boolean }>;

const MAX_WEBHOOKS = 20;

/** The servers that are told of events, as admins choose them. */
@Injectable()
export class WebhooksService {
  private readonly logger = new Logger('Webhooks');
  private readonly allowPrivate: boolean;

  constructor(
    @Inject(APP_CONFIG) { webhookAllowPrivate }: AppConfig,
    private readonly webhooks: WebhookRepository,
    private readonly deliveries: WebhookDeliveryRepository,
    private readonly events: EventRepository,
    private readonly transport: WebhookTransport,
    private readonly audit: AuditLog,
  ) {
    this.allowPrivate = webhookAllowPrivate;
  }

  list(_principal: Principal): Promise<WebhookEntity[]> {
    return this.webhooks.findAll();
  }

  /**
   * @returns the secret, too, which nobody can find out afterwards
   * @throws DomainError WEBHOOK_URL_NOT_ALLOWED, WEBHOOK_EVENT_UNKNOWN, TOO_MANY_WEBHOOKS
   */
  async create(
    principal: Principal,
    { url, description, events }: WebhookChoice,
  ): Promise<{ webhook: WebhookEntity; secret: string }> {
    const chosen = { url: requireWebhookUrl(url, this.allowPrivate), events: selectorsOf(events) };
    const secret = newWebhookSecret();
    const webhook = await this.webhooks.transaction(async (manager) => {
      const count = await this.webhooks.lockAll(manager);
      if (count >= MAX_WEBHOOKS) {
        const sentence = `There are ${count} webhooks, which is the most that there may be.`;
        throw new DomainError('TOO_MANY_WEBHOOKS', sentence);
      }
      const { place: fromPlace } = await this.events.end(manager);
      const made = await this.webhooks.insert(manager, { ...chosen, description, secret, fromPlace });
      await this.audit.record(manager, {
        by: principal,
        action: 'webhook.create',
        target: webhookTarget(made.id),
        after: webhookOnRecord(made),
      });
      return made;
    });
    this.logger.log(`${quoted(principal.name)} made the webhook ${webhook.id}.`);
    return { webhook, secret: secretText(secret) };
  }

  /**
   * One that is activated again is told of what happens from then on; what waits for one that is not active is given up.
   * @throws DomainError WEBHOOK_NOT_FOUND, WEBHOOK_URL_NOT_ALLOWED, WEBHOOK_EVENT_UNKNOWN
   */
  async change(principal: Principal, id: number, change: WebhookChange): Promise<WebhookEntity> {
    const { url, description, events, isActive } = change;
    const chosen = {
      ...(url !== undefined && { url: requireWebhookUrl(url, this.allowPrivate) }),
      ...(description !== undefined && { description }),
      ...(events !== undefined && { events: selectorsOf(events) }),
      ...(isActive !== undefined && { isActive }),
    };
    const changed = await this.webhooks.transaction(async (manager) => {
      const before = await this.webhooks.lock(manager, id);
      if (!before) throw notFound(id);
      if (Object.keys(chosen).length === 0) return before;
      if (isActive === false && before.isActive) {
        const because = 'The webhook was deactivated.';
        await this.webhooks.disable(manager, id, because);
        await this.deliveries.giveUpAll(manager, id, because, new Date());
      }
      const isBroughtBack = isActive === true && !before.isActive;
      const { place: fromPlace } = await this.events.end(manager);
      const begin = isBroughtBack ? { fromPlace, disabledBecause: null, lastError: null } : {};
      const after = await this.webhooks.change(manager, id, { ...chosen, ...begin });
      const [was, is] = [webhookOnRecord(before), webhookOnRecord(after)];
      const isSame = before.url === after.url && JSON.stringify(was) === JSON.stringify(is);
      if (!isSame) {
        const entry = { action: 'webhook.change', target: webhookTarget(id), before: was, after: is };
        await this.audit.record(manager, { by: principal, ...entry });
      }
      return after;
    });
    this.logger.log(
      `${quoted(principal.name)} changed the webhook ${id}: ${Object.keys(chosen).join(', ')}.`,
    );
    return changed;
  }

  /** With its deliveries. @throws DomainError WEBHOOK_NOT_FOUND */
  async delete(principal: Principal, id: number): Promise<void> {
    await this.webhooks.transaction(async (manager) => {
      const webhook = await this.webhooks.lock(manager, id);
      if (!webhook) throw notFound(id);
      await this.webhooks.delete(manager, id);
      const entry = { action: 'webhook.delete', target: webhookTarget(id), before: webhookOnRecord(webhook) };
      await this.audit.record(manager, { by: principal, ...entry });
    });
    this.logger.log(`${quoted(principal.name)} deleted the webhook ${id}.`);
  }

  /** Sends a message now, once, whatever waits. @throws DomainError WEBHOOK_NOT_FOUND */
  async test(_principal: Principal, id: number): Promise<Receipt> {
    const destination = await this.webhooks.findDestination(id);
    if (!destination) throw notFound(id);
    const now = new Date();
    const message = testMessage(id, now);
    const headers = { ...MESSAGE_HEADERS, ...signatureHeaders(message, destination.secret, now) };
    return this.transport.send(new URL(destination.url), message.body, headers);
  }

  /** @throws DomainError WEBHOOK_NOT_FOUND */
  async listDeliveries(
    _principal: Principal,
    id: number,
    skip: number,
    limit: number,
  ): Promise<DeliveryPage> {
    if (!(await this.webhooks.exists(id))) throw notFound(id);
    return this.deliveries.list(id, skip, limit);
  }
}

const notFound = (id: number): DomainError =>
  new DomainError('WEBHOOK_NOT_FOUND', `There is no webhook ${id}.`);

/** Each once. @throws DomainError WEBHOOK_EVENT_UNKNOWN */
function selectorsOf(events: readonly string[]): string[] {
  const unknown = events.find((text) => !isEventSelector(text));
  if (unknown === undefined) return [...new Set(events)];
  throw new DomainError(
    'WEBHOOK_EVENT_UNKNOWN',
    `There are no events ${quoted(unknown)}: use kinds such as firmware, or types such as attempt.failed.`,
  );
}
