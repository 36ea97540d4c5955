import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, MaxDate, Min } from 'class-validator';
import { LEAST_AUDIT_DAYS, type AuditFacts, type Json } from '../../domain/audit-chain.js';
import * as example from '../../http/examples.js';
import { PageQuery } from '../../http/paging.js';
import { FromDigits, FromTime, IsPlainText, IsTime, IsTimeOfQuery, MAX_ID } from '../../http/wire-fields.js';
import type { AuditLogEntity } from '../audit-log.entity.js';
import type { SignedHead } from '../cut-signature.js';

const HASH = 'c6b254684f48d483dc047559cfa5fcfb4797af006c40e65a4360fe35e16674c8';
const HASH_BEFORE = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const DAY_MS = 24 * 3600_000;

export class AuditListQuery extends PageQuery {
  @ApiPropertyOptional({
    example: 'admin',
    description: 'Name of the user, `user/token`, or id of the device.',
  })
  @IsOptional()
  @IsPlainText(300)
  actor?: string;

  @ApiPropertyOptional({ example: 'firmware.change' })
  @IsOptional()
  @IsPlainText(50)
  action?: string;

  @ApiPropertyOptional({ example: 'firmware:12' })
  @IsOptional()
  @IsPlainText(120)
  target?: string;

  @IsTimeOfQuery('Only rows of this time or later. ISO 8601 with a zone, or a date (UTC).')
  since?: Date;

  @IsTimeOfQuery('Only rows before this time.')
  until?: Date;

  @ApiPropertyOptional({
    type: Number,
    minimum: 0,
    description:
      'Only rows with a higher id, the oldest first instead of the newest: to read the whole log, begin with 0 and ' +
      'continue after the last id of each page.',
  })
  @IsOptional()
  @FromDigits()
  @IsInt()
  @Min(0)
  @Max(MAX_ID)
  after_id?: number;
}

export class AuditActorResponse {
  @ApiProperty({ enum: ['user', 'token', 'device', 'server'], example: 'user' })
  kind!: AuditFacts['actorKind'];

  @ApiProperty({ type: Number, nullable: true, example: 1, description: 'Of the user, token or device.' })
  id!: number | null;

  @ApiProperty({ example: 'admin', description: 'As it was then; of a token with that of its user.' })
  name!: string;
}

const CHANGED = { type: 'object', nullable: true, additionalProperties: true } as const;

export class AuditRowResponse {
  @ApiProperty({ example: 2, description: 'Its place in the chain: 1, 2, 3 …' })
  id!: number;

  @ApiProperty({ format: 'date-time', example: example.TIME })
  at!: Date;

  @ApiProperty()
  actor!: AuditActorResponse;

  @ApiProperty({ type: String, nullable: true, example: '192.0.2.7' })
  address!: string | null;

  @ApiProperty({ type: String, nullable: true, example: '0b1e6a3e-8a4b-4d0e-9b39-3f2f6f6c1c55' })
  request_id!: string | null;

  @ApiProperty({ example: 'firmware.change' })
  action!: string;

  @ApiProperty({ example: 'firmware:12' })
  target!: string;

  @ApiProperty({
    ...CHANGED,
    example: { is_stable: false },
    description: 'The changed fields, as they were.',
  })
  before!: Json;

  @ApiProperty({
    ...CHANGED,
    example: { is_stable: true },
    description: 'The changed fields, as they became.',
  })
  after!: Json;

  @ApiProperty({ enum: ['done', 'refused'], example: 'done', description: 'Refused: for the role.' })
  result!: AuditFacts['result'];

  @ApiProperty({ example: HASH_BEFORE, description: 'Hash of the row before; 64 zeros in row 1.' })
  previous_hash!: string;

  @ApiProperty({
    example: HASH,
    description: 'SHA-256 of this row, its id and previous_hash included: see `ota audit verify`.',
  })
  hash!: string;

  static from(row: AuditLogEntity): AuditRowResponse {
    return {
      id: row.id,
      at: row.at,
      actor: { kind: row.actorKind, id: row.actorId, name: row.actorName },
      address: row.address,
      request_id: row.requestId,
      action: row.action,
      target: row.target,
      before: row.before,
      after: row.after,
      result: row.result,
      previous_hash: row.previousHash,
      hash: row.hash,
    };
  }
}

export class AuditHeadResponse {
  @ApiProperty({ example: 1, description: 'Id of the oldest row that is kept.' })
  first_id!: number;

  @ApiProperty({ example: HASH_BEFORE, description: 'Hash of the row before that one.' })
  previous_hash!: string;

  @ApiProperty({
    type: Boolean,
    nullable: true,
    example: null,
    description:
      'Whether this server removed the rows before first_id, as its signature says; null if none were removed.',
  })
  cut_is_signed!: boolean | null;

  @ApiProperty({ example: 2, description: 'Id of the newest row; 0 if there is none.' })
  last_id!: number;

  @ApiProperty({
    example: HASH,
    description: 'Its hash. Whoever keeps it elsewhere can prove later changes.',
  })
  last_hash!: string;

  static from(head: SignedHead): AuditHeadResponse {
    return {
      first_id: head.firstId,
      previous_hash: head.previousHash,
      cut_is_signed: head.isCutSigned,
      last_id: head.lastId,
      last_hash: head.lastHash,
    };
  }
}

export class AuditCutRequest {
  @ApiProperty({
    type: String,
    format: 'date-time',
    example: '2025-01-31',
    description: `Older rows are removed. At least ${LEAST_AUDIT_DAYS} days ago.`,
  })
  @FromTime()
  @IsTime()
  @MaxDate(() => new Date(Date.now() - LEAST_AUDIT_DAYS * DAY_MS), {
    message: `$property must be at least ${LEAST_AUDIT_DAYS} days ago`,
  })
  before!: Date;
}

export class AuditCutResponse {
  @ApiProperty({ example: 1200, description: 'Number of removed rows.' })
  removed!: number;
}
