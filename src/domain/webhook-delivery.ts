import { createHmac, randomBytes } from 'node:crypto';

const SECONDS = 1_000;
const MINUTES = 60 * SECONDS;
const HOURS = 60 * MINUTES;

/** Pauses between the tries of one delivery, which end 23 hours and 36 minutes after the first. */
const PAUSES_MS = [
  5 * SECONDS,
  1 * MINUTES,
  5 * MINUTES,
  30 * MINUTES,
  2 * HOURS,
  7 * HOURS,
  14 * HOURS,
] as const;

/** Tries of one delivery before it is given up. */
export const MAX_TRIES = PAUSES_MS.length + 1;

/** @param tries that failed, at least 1 @returns milliseconds until the next one; null: it is given up */
export const pauseAfter = (tries: number): number | null => PAUSES_MS[tries - 1] ?? null;

const SECRET_BYTES = 32;
const SECRET_PREFIX = 'whsec_';

export const newWebhookSecret = (): Buffer => randomBytes(SECRET_BYTES);

/** A secret as people copy it, in the form of Standard Webhooks. */
export const secretText = (secret: Buffer): string => SECRET_PREFIX + secret.toString('base64');

/** What is signed. */
export interface WebhookMessage {
  /** The same for every try. */
  readonly id: string;
  readonly body: string;
}

/** The headers that prove who has sent a message and when. @see https://www.standardwebhooks.com */
export function signatureHeaders(
  { id, body }: WebhookMessage,
  secret: Buffer,
  now: Date,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
