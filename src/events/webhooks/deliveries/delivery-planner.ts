import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { comparePlaces, type EventPlace } from '../../../domain/event-place.js';
import { isSelected } from '../../../domain/event-types.js';
import { messageOf } from '../message.js';
import { EventRepository, type RecordedEvent } from '../../event.repository.js';
import { WebhookRepository, type Recipient } from '../webhook.repository.js';
import { WebhookDeliveryRepository, type NewDelivery } from './webhook-delivery.repository.js';

const PAGE = 500;
/** Deliveries that may wait for one webhook. */
const MAX_WAITING = 100_000;

/**
 * Makes deliveries of events, each once: one server at a time, in one transaction with the place up to where it has come.
 * Events stay until then, so that the guarantee is that of their own transactions.
 */
@Injectable()
export class DeliveryPlanner {
  constructor(
    private readonly events: EventRepository,
    private readonly webhooks: WebhookRepository,
    private readonly deliveries: WebhookDeliveryRepository,
  ) {}

  /** Of all events that there are, unless another server is at it. */
  async plan(now: Date): Promise<void> {
    while (await this.webhooks.transaction((manager) => this.planPage(manager, now)));
  }

  /** @returns whether there is more */
  private async planPage(manager: EntityManager, now: Date): Promise<boolean> {
    const position = await this.deliveries.lockPosition(manager);
    if (!position) return false;
    const recipients = await this.webhooks.lockRecipients(manager);
    if (recipients.length === 0) return false;
    const begin = later(position, {
      place: Math.min(...recipients.map(({ fromPlace }) => fromPlace)),
      id: 0,
    });
    const { events, end, isFull } = await this.events.readAfter(begin, PAGE, manager);
    const planned = recipients.map((recipient) => ({
      recipient,
      deliveries: deliveriesOf(events, recipient),
    }));
    const kept = planned.filter(
      ({ recipient, deliveries }) => recipient.waiting + deliveries.length <= MAX_WAITING,
    );
    for (const { recipient } of planned.filter((one) => !kept.includes(one))) {
      const because = `More than ${MAX_WAITING} deliveries waited for it.`;
      await this.webhooks.disable(manager, recipient.id, because);
      await this.deliveries.giveUpAll(manager, recipient.id, because, now);
    }
    await this.insert(manager, events, kept, now);
    await this.deliveries.setPosition(manager, end);
    return isFull;
  }

  private async insert(
    manager: EntityManager,
    events: readonly RecordedEvent[],
    planned: readonly { readonly recipient: Recipient; readonly deliveries: readonly NewDelivery[] }[],
    now: Date,
  ): Promise<void> {
    if (events.length === 0) return;
    const all = planned.flatMap(({ deliveries }) => deliveries);
    if (all.length > 0) await this.deliveries.insert(manager, all, now);
    for (const { recipient, deliveries } of planned) {
      if (deliveries.length > 0) await this.webhooks.addWaiting(manager, recipient.id, deliveries.length);
    }
  }
}

const later = (one: EventPlace, other: EventPlace): EventPlace =>
  comparePlaces(one, other) >= 0 ? one : other;

const deliveriesOf = (events: readonly RecordedEvent[], recipient: Recipient): NewDelivery[] =>
  events
    .filter(({ place, type }) => place >= recipient.fromPlace && isSelected(recipient.events, type))
    .map((event) => {
      const { id, body } = messageOf(event);
      return { webhookId: recipient.id, messageId: id, type: event.type, entity: event.entity, body };
    });
