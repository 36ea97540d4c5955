import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Principal } from '../../domain/principal.js';
import { Allow } from '../../http/allow.js';
import { ApiAnswer, ApiPage, ApiProblems, JSON_BODY_PROBLEMS } from '../../http/openapi.js';
import { PageQuery } from '../../http/paging.js';
import { SuccessResponse } from '../../http/success-response.js';
import { CurrentPrincipal } from '../../http/principal.js';
import { TokenCreatedResponse, TokenCreateRequest, TokenIdParam, TokenResponse } from '../dto/token.dto.js';
import { ApiTokensService } from './api-tokens.service.js';

@ApiTags('tokens')
@ApiBearerAuth()
@ApiProblems('UNAUTHENTICATED', 'NOT_ALLOWED', 'VALIDATION_FAILED', 'DATABASE_UNAVAILABLE')
@Controller('api/ota/admin/tokens')
export class ApiTokensController {
  constructor(private readonly tokens: ApiTokensService) {}

  @Get()
  @Allow('viewer', { action: 'token.list' })
  @ApiOperation({
    summary: 'List API tokens, the newest first',
    description: 'Your own; for an admin those of all users. Revoked tokens are left out.',
  })
  @ApiPage(TokenResponse, 'The tokens, of which only the beginnings are known.')
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { skip, limit }: PageQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TokenResponse[]> {
    const { tokens, total } = await this.tokens.list(principal, skip, limit);
    response.setHeader('X-Total-Count', total);
    return tokens.map((token) => TokenResponse.from(token));
  }

  @Post()
  @Allow('viewer', { action: 'token.create' })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Make an API token',
    description:
      'For a program or a pipeline. It is sent as a bearer token wherever the token of a login is, makes no tokens and ' +
      'changes no passwords, and ends when it expires or is revoked, or its user is deleted or disabled.',
  })
  @ApiAnswer(TokenCreatedResponse, 'The token, which is shown this once.')
  @ApiProblems(
    ...JSON_BODY_PROBLEMS,
    'UNAUTHENTICATED',
    'NOT_ALLOWED',
    'DATABASE_UNAVAILABLE',
    'ROLE_UNKNOWN',
    'EXPIRY_IN_PAST',
    'TOKEN_NOT_ALLOWED',
    'ROLE_TOO_HIGH',
    'USER_NOT_FOUND',
    'TOKEN_NAME_TAKEN',
    'TOO_MANY_TOKENS',
  )
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() { name, role, expires_at }: TokenCreateRequest,
  ): Promise<TokenCreatedResponse> {
    const request = { name, role, expiresAt: expires_at ?? null };
    const { token, text } = await this.tokens.create(principal, request);
    return TokenCreatedResponse.with(token, text);
  }

  @Delete(':id')
  @Allow('viewer', { action: 'token.revoke' })
  @ApiOperation({
    summary: 'Revoke an API token',
    description: 'Your own; an admin any. No server accepts it a second later.',
  })
  @ApiAnswer(SuccessResponse, 'The token is revoked.')
  @ApiProblems(
    'UNAUTHENTICATED',
    'NOT_ALLOWED',
    'VALIDATION_FAILED',
    'DATABASE_UNAVAILABLE',
    'TOKEN_NOT_FOUND',
  )
  async revoke(
    @CurrentPrincipal() principal: Principal,
    @Param() { id }: TokenIdParam,
  ): Promise<SuccessResponse> {
    await this.tokens.revoke(principal, id);
    return { success: true };
  }
}
