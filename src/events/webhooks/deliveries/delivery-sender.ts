import { Logger } from '@nestjs/common';
import { pauseAfter, signatureHeaders } from '../../../domain/webhook-delivery.js';
import type { Metrics } from '../../../metrics/metrics.js';
import { MESSAGE_HEADERS } from '../message.js';
import type { WebhookEntity } from '../webhook.entity.js';
import { WebhookRepository, type Destination } from '../webhook.repository.js';
import type { Receipt, WebhookTransport } from '../webhook-transport.js';
import { WebhookDeliveryRepository, type ClaimedDelivery } from './webhook-delivery.repository.js';

/** Messages under way to one webhook at one time, from this server. */
const AT_ONCE = 4;
/** Longer than a try takes. After that another server may try, because this one has probably ended. */
const CLAIM_MS = 60_000;
/** The receiver asks not to be told any more. */
const GONE = 410;

/**
 * Tries the deliveries whose time has come. Any number of servers do so at the same time: each claims what it tries. Between
 * a try and the note of it a server may end, so a message may arrive twice.
 */
export class DeliverySender {
  private readonly logger = new Logger('Webhooks');
  private readonly underWay = new Map<ClaimedDelivery, Promise<void>>();
  private readonly stopping = new AbortController();
  private pumping: Promise<void> | undefined;
  /** A place became free while others were claimed. */
  private isDueAgain = false;

  constructor(
    private readonly webhooks: WebhookRepository,
    private readonly deliveries: WebhookDeliveryRepository,
    private readonly transport: Pick<WebhookTransport, 'send'>,
    private readonly metrics: Pick<Metrics, 'webhookTries'>,
    private readonly now: () => Date = () => new Date(),
  ) {}

  /** Begins as many tries as there is room for. */
  pump(): Promise<void> {
    if (this.pumping) this.isDueAgain = true;
    else {
      this.pumping = this.beginAll().finally(() => {
        this.pumping = undefined;
      });
    }
    return this.pumping;
  }

  /** Resolves when nothing is under way that could be. */
  async idle(): Promise<void> {
    await this.pump();
    while (this.underWay.size > 0) {
      await Promise.all(this.underWay.values());
      await this.pump();
    }
  }

  /** Waits a while for what is under way, then leaves it to others. */
  async stop(patienceMs: number): Promise<void> {
    const cut = setTimeout(() => {
      this.stopping.abort();
    }, patienceMs);
    await this.pumping?.catch(() => undefined);
    await Promise.all(this.underWay.values());
    this.stopping.abort();
    clearTimeout(cut);
  }

  private async beginAll(): Promise<void> {
    for (let isDue = true; isDue; isDue = this.isDueAgain) {
      this.isDueAgain = false;
      await this.begin();
    }
  }

  private async begin(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    const ids = await this.webhooks.findActiveIds();
    const slots = ids.map((webhookId) => ({ webhookId, free: AT_ONCE - this.countOf(webhookId) }));
    if (slots.every(({ free }) => free <= 0)) return;
    const now = this.now();
    const claimed = await this.deliveries.claim(slots, now, new Date(now.getTime() + CLAIM_MS));
    for (const delivery of claimed) {
      const done = this.deliver(delivery).then(() => {
        this.underWay.delete(delivery);
        // Its place is free, and the next one of its entity may be due.
        if (!this.stopping.signal.aborted) void this.pump().catch(() => undefined);
      });
      this.underWay.set(delivery, done);
    }
  }

  private countOf(webhookId: number): number {
    return [...this.underWay.keys()].filter((delivery) => delivery.webhookId === webhookId).length;
  }

  /** Never rejects: what could not be noted is tried again when the claim is over. */
  private async deliver(delivery: ClaimedDelivery): Promise<void> {
    try {
      const destination = await this.webhooks.findDestination(delivery.webhookId);
      if (!destination) return;
      const receipt = await this.send(destination, delivery);
      if (this.stopping.signal.aborted && receipt.error !== null)
        await this.deliveries.release([delivery.id]);
      else await this.note(delivery, receipt);
    } catch (error) {
      this.logger.debug(`The delivery ${delivery.id} could not be noted: ${String(error)}`);
    }
  }

  private send({ url, secret }: Destination, { messageId: id, body }: ClaimedDelivery): Promise<Receipt> {
    const headers = { ...MESSAGE_HEADERS, ...signatureHeaders({ id, body }, secret, this.now()) };
    return this.transport.send(new URL(url), body, headers, this.stopping.signal);
  }

  private async note(delivery: ClaimedDelivery, { status, error }: Receipt): Promise<void> {
    const at = this.now();
    const pause = error === null ? null : pauseAfter(delivery.tries + 1);
    const nextTryAt = pause === null ? null : new Date(at.getTime() + pause);
    const state = error === null ? 'delivered' : nextTryAt ? 'waiting' : 'failed';
    const tried = { state, nextTryAt, lastStatus: status, lastError: error } as const;
    this.metrics.webhookTries.add(1, error === null ? 'delivered' : 'failed');
    await this.webhooks.transaction(async (manager) => {
      const webhook = await this.webhooks.lock(manager, delivery.webhookId);
      if (!webhook || !(await this.deliveries.noteTry(manager, delivery, tried, at))) return;
      await this.webhooks.noteTry(manager, webhook.id, { at, error, isEnded: state !== 'waiting' });
      const because = error === null ? null : reasonToDisable(webhook, delivery, tried.state, status);
      if (because === null) return;
      await this.webhooks.disable(manager, webhook.id, because);
      await this.deliveries.giveUpAll(manager, webhook.id, because, at);
      this.logger.warn(`The webhook ${webhook.id} is disabled. ${because}`);
    });
  }
}

/** @returns null while there is hope */
function reasonToDisable(
  { lastSuccessAt }: WebhookEntity,
  { createdAt }: ClaimedDelivery,
  state: 'waiting' | 'delivered' | 'failed',
  status: number | null,
): string | null {
  if (status === GONE) return 'The receiver answered 410: it is gone.';
  const hasSucceeded = lastSuccessAt !== null && lastSuccessAt >= createdAt;
  return state === 'failed' && !hasSucceeded ? 'Nothing has arrived for a day.' : null;
}
