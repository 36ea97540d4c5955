import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import * as example from '../../http/examples.js';
import { FromDigits, IsId, IsOneLine, IsOptionalButNotNull, IsText } from '../../http/wire-fields.js';
import { HandsOn, validationFailed } from '../../http/wire-validation.pipe.js';
import type { DeliveryState, WebhookDeliveryEntity } from '../webhooks/deliveries/webhook-delivery.entity.js';
import type { WebhookEntity } from '../webhooks/webhook.entity.js';
import type { Receipt } from '../webhooks/webhook-transport.js';

const MAX_URL = 2000;
const MAX_DESCRIPTION = 200;
const MAX_SELECTORS = 50;

const URL_FIELD = { example: 'https://example.com/hooks/ota', maxLength: MAX_URL } as const;
const EVENTS_FIELD = {
  type: [String] as [StringConstructor],
  example: ['firmware', 'attempt.failed'],
  description: 'Kinds of events, or types: see docs/events.md.',
};

export class WebhookIdParam {
  @ApiProperty({ description: 'The id of the webhook.' })
  @FromDigits()
  @IsId()
  id!: number;
}

@HandsOn('events')
export class WebhookCreateRequest {
  @ApiProperty(URL_FIELD)
  @IsText(MAX_URL)
  url!: string;

  @ApiProperty(EVENTS_FIELD)
  events!: unknown;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: MAX_DESCRIPTION,
    example: 'Chat of the team',
  })
  @IsOptional()
  @IsText(MAX_DESCRIPTION)
  @IsOneLine()
  description?: string | null;
}

@HandsOn('events')
export class WebhookChangeRequest {
  @ApiPropertyOptional(URL_FIELD)
  @IsOptionalButNotNull()
  @IsText(MAX_URL)
  url?: string;

  @ApiPropertyOptional(EVENTS_FIELD)
  events?: unknown;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: MAX_DESCRIPTION,
    description: 'null clears it.',
  })
  @IsOptional()
  @IsText(MAX_DESCRIPTION)
  @IsOneLine()
  description?: string | null;

  @ApiPropertyOptional({
    description: 'true: told of what happens from now on. false: what waits is given up.',
  })
  @IsOptionalButNotNull()
  @IsBoolean()
  is_active?: boolean;
}

/**
 * A list, which the rules of fields do not know. Which events there are the service says.
 * @throws TransportError VALIDATION_FAILED
 */
export function eventsFrom(value: unknown): readonly string[] {
  const isList = Array.isArray(value) && value.length > 0 && value.length <= MAX_SELECTORS;
  if (isList && value.every((item): item is string => typeof item === 'string')) return value;
  throw validationFailed({ events: [`events must be a list of 1 to ${MAX_SELECTORS} texts`] });
}

const TIME_OR_NULL = { type: String, format: 'date-time', nullable: true } as const;

export class WebhookResponse {
  @ApiProperty({ example: 3 })
  id!: number;

  @ApiProperty(URL_FIELD)
  url!: string;

  @ApiProperty(EVENTS_FIELD)
  events!: string[];

  @ApiProperty({ type: String, nullable: true, example: 'Chat of the team' })
  description!: string | null;

  @ApiProperty({ example: true })
  is_active!: boolean;

  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'Why it is not active: a day without success, too many deliveries that wait, or an admin.',
  })
  disabled_because!: string | null;

  @ApiProperty({ example: 0, description: 'Deliveries that have neither arrived nor been given up.' })
  waiting!: number;

  @ApiProperty({ ...TIME_OR_NULL, example: example.TIME })
  last_success_at!: string | null;

  @ApiProperty({ ...TIME_OR_NULL, example: null })
  last_failure_at!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'Of the newest try; null: it arrived.',
  })
  last_error!: string | null;

  @ApiProperty({ format: 'date-time', example: example.TIME })
  created_at!: string;

  @ApiProperty({ format: 'date-time', example: example.TIME })
  updated_at!: string;

  static from(webhook: WebhookEntity): WebhookResponse {
    return {
      id: webhook.id,
      url: webhook.url,
      events: webhook.events,
      description: webhook.description,
      is_active: webhook.isActive,
      disabled_because: webhook.disabledBecause,
      waiting: webhook.waiting,
      last_success_at: webhook.lastSuccessAt?.toISOString() ?? null,
      last_failure_at: webhook.lastFailureAt?.toISOString() ?? null,
      last_error: webhook.lastError,
      created_at: webhook.createdAt.toISOString(),
      updated_at: webhook.updatedAt.toISOString(),
    };
  }
}

export class WebhookCreatedResponse extends WebhookResponse {
  @ApiProperty({
    example: 'whsec_ddQZa2vkE3b0cUlFpDKwNPGJV0wFJcW1kgcEJk0vFyk=',
    description: 'What messages are signed with, which is shown only now.',
  })
  secret!: string;

  static with(webhook: WebhookEntity, secret: string): WebhookCreatedResponse {
    return Object.assign(WebhookResponse.from(webhook), { secret });
  }
}

export class WebhookTestResponse {
  @ApiProperty({ example: true, description: 'Whether the receiver answered 2xx.' })
  delivered!: boolean;

  @ApiProperty({ type: Number, nullable: true, example: 204, description: 'null: there was no answer.' })
  status!: number | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  error!: string | null;

  static from({ status, error }: Receipt): WebhookTestResponse {
    return { delivered: error === null, status, error };
  }
}

export class WebhookDeliveryResponse {
  @ApiProperty({ example: 51 })
  id!: number;

  @ApiProperty({ example: 'evt_1042', description: 'The header webhook-id.' })
  message_id!: string;

  @ApiProperty({ example: 'attempt.failed' })
  type!: string;

  @ApiProperty({ example: 'attempt:789' })
  entity!: string;

  @ApiProperty({ enum: ['waiting', 'delivered', 'failed'], example: 'delivered' })
  state!: DeliveryState;

  @ApiProperty({ example: 1 })
  tries!: number;

  @ApiProperty({
    ...TIME_OR_NULL,
    example: null,
    description: 'null: it has ended, or waits for an earlier one of its entity.',
  })
  next_try_at!: string | null;

  @ApiProperty({ type: Number, nullable: true, example: 204 })
  last_status!: number | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  last_error!: string | null;

  @ApiProperty({ format: 'date-time', example: example.TIME })
  created_at!: string;

  @ApiProperty({ ...TIME_OR_NULL, example: example.TIME })
  ended_at!: string | null;

  static from(delivery: WebhookDeliveryEntity): WebhookDeliveryResponse {
    return {
      id: delivery.id,
      message_id: delivery.messageId,
      type: delivery.type,
      entity: delivery.entity,
      state: delivery.state,
      tries: delivery.tries,
      next_try_at: delivery.nextTryAt?.toISOString() ?? null,
      last_status: delivery.lastStatus,
      last_error: delivery.lastError,
      created_at: delivery.createdAt.toISOString(),
      ended_at: delivery.endedAt?.toISOString() ?? null,
    };
  }
}
