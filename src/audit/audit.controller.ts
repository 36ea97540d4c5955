import { Body, Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Principal } from '../domain/principal.js';
import { Allow } from '../http/allow.js';
import { ApiAnswer, ApiPage, ApiProblems, JSON_BODY_PROBLEMS } from '../http/openapi.js';
import { CurrentPrincipal } from '../http/principal.js';
import { AuditHistory } from './audit-history.service.js';
import {
  AuditCutRequest,
  AuditCutResponse,
  AuditHeadResponse,
  AuditListQuery,
  AuditRowResponse,
} from './dto/audit.dto.js';

@ApiTags('audit')
@ApiBearerAuth()
@ApiProblems('UNAUTHENTICATED', 'NOT_ALLOWED', 'DATABASE_UNAVAILABLE')
@Controller('api/ota/admin/audit')
export class AuditController {
  constructor(private readonly history: AuditHistory) {}

  @Get()
  @Allow('admin')
  @ApiOperation({
    summary: 'List who did what',
    description:
      'Lists what admins and devices changed, and what was refused for a role, the newest first. Filters must match ' +
      'exactly and are combined.',
  })
  @ApiPage(AuditRowResponse, 'One page of the list.')
  @ApiProblems('VALIDATION_FAILED')
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { actor, action, target, since, until, skip, limit, after_id: afterId }: AuditListQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AuditRowResponse[]> {
    const filter = { actor, action, target, since, until };
    const { rows, total } = await this.history.list(principal, filter, { skip, limit, afterId });
    response.setHeader('X-Total-Count', total);
    return rows.map((row) => AuditRowResponse.from(row));
  }

  @Get('head')
  @Allow('admin')
  @ApiOperation({
    summary: 'Show the ends of the audit log',
    description: 'Returns ids and hashes of the two ends. Keep last_id and last_hash outside of this server.',
  })
  @ApiAnswer(AuditHeadResponse, 'The two ends.')
  async head(@CurrentPrincipal() principal: Principal): Promise<AuditHeadResponse> {
    return AuditHeadResponse.from(await this.history.head(principal));
  }

  @Post('cut')
  @Allow('admin')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Remove the oldest rows of the audit log',
    description:
      'Removes all rows up to the first that is not older than `before`. Where the log begins then is signed, and the ' +
      'removal is a row of its own.',
  })
  @ApiAnswer(AuditCutResponse, 'How many rows were removed.')
  @ApiProblems(...JSON_BODY_PROBLEMS)
  async cut(
    @CurrentPrincipal() principal: Principal,
    @Body() { before }: AuditCutRequest,
  ): Promise<AuditCutResponse> {
    return { removed: await this.history.cut(principal, before) };
  }
}
