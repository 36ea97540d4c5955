import { ApiPropertyOptional, ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsIn, IsOptional } from 'class-validator';
import type { Json } from '../../domain/audit-chain.js';
import { EVENT_KINDS, EVENT_TYPES, type EventKind, type EventType } from '../../domain/event-types.js';
import * as example from '../../http/examples.js';
import type { RecordedEvent } from '../event.repository.js';

export class EventsQuery {
  @ApiPropertyOptional({
    type: String,
    example: 'firmware,attempt',
    description: `Only these kinds, separated by commas: ${EVENT_KINDS.join(', ')}. Default: all that your role may see.`,
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value))
  @ArrayMaxSize(EVENT_KINDS.length)
  @IsIn(EVENT_KINDS, { each: true, message: `kinds must be some of ${EVENT_KINDS.join(', ')}` })
  kinds?: readonly EventKind[];
}

/** An event as streams and webhooks send it. */
export class EventResponse {
  @ApiProperty({ enum: Object.keys(EVENT_TYPES), example: 'firmware.released' })
  type!: EventType;

  @ApiProperty({ format: 'date-time', example: example.TIME })
  timestamp!: string;

  @ApiProperty({ example: 'firmware:12', description: 'What it happened to.' })
  entity!: string;

  @ApiProperty({ type: 'object', additionalProperties: true, example: { firmware_id: 12, version: '1.1.0' } })
  data!: Json;

  static from({
    type,
    at,
    entity,
    data,
  }: Pick<RecordedEvent, 'type' | 'at' | 'entity' | 'data'>): EventResponse {
    return { type, timestamp: at.toISOString(), entity, data };
  }
}
