import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Principal } from '../../domain/principal.js';
import { Allow } from '../../http/allow.js';
import { ApiAnswer, ApiPage, ApiProblems, JSON_BODY_PROBLEMS } from '../../http/openapi.js';
import { PageQuery } from '../../http/paging.js';
import { CurrentPrincipal } from '../../http/principal.js';
import { SuccessResponse } from '../../http/success-response.js';
import {
  eventsFrom,
  WebhookChangeRequest,
  WebhookCreatedResponse,
  WebhookCreateRequest,
  WebhookDeliveryResponse,
  WebhookIdParam,
  WebhookResponse,
  WebhookTestResponse,
} from '../dto/webhook.dto.js';
import { WebhooksService } from './webhooks.service.js';

@ApiTags('events')
@ApiBearerAuth()
@ApiProblems('UNAUTHENTICATED', 'NOT_ALLOWED', 'DATABASE_UNAVAILABLE')
@Controller('api/ota/admin/webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Get()
  @Allow('admin')
  @ApiOperation({
    summary: 'List webhooks',
    description: 'Without their secrets, which nobody can read back.',
  })
  @ApiAnswer([WebhookResponse], 'The webhooks, the oldest first.')
  async list(@CurrentPrincipal() principal: Principal): Promise<WebhookResponse[]> {
    return (await this.webhooks.list(principal)).map((webhook) => WebhookResponse.from(webhook));
  }

  @Post()
  @Allow('admin')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Make a webhook',
    description:
      'From then on each event that it chose is sent to its URL, signed as Standard Webhooks are, at least once and in ' +
      'order for each entity: 8 tries within a day.',
  })
  @ApiAnswer(WebhookCreatedResponse, 'The webhook, and its secret, which is shown this once.')
  @ApiProblems(...JSON_BODY_PROBLEMS, 'WEBHOOK_URL_NOT_ALLOWED', 'WEBHOOK_EVENT_UNKNOWN', 'TOO_MANY_WEBHOOKS')
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() { url, events, description = null }: WebhookCreateRequest,
  ): Promise<WebhookCreatedResponse> {
    const choice = { url, events: eventsFrom(events), description };
    const { webhook, secret } = await this.webhooks.create(principal, choice);
    return WebhookCreatedResponse.with(webhook, secret);
  }

  @Patch(':id')
  @Allow('admin')
  @ApiOperation({
    summary: 'Change a webhook',
    description:
      'Changes only the fields that are sent. The secret stays: for another one, make another webhook.',
  })
  @ApiAnswer(WebhookResponse, 'The webhook afterwards.')
  @ApiProblems(...JSON_BODY_PROBLEMS, 'WEBHOOK_NOT_FOUND', 'WEBHOOK_URL_NOT_ALLOWED', 'WEBHOOK_EVENT_UNKNOWN')
  async change(
    @CurrentPrincipal() principal: Principal,
    @Param() { id }: WebhookIdParam,
    @Body() { url, events, description, is_active: isActive }: WebhookChangeRequest,
  ): Promise<WebhookResponse> {
    return WebhookResponse.from(
      await this.webhooks.change(principal, id, {
        ...(url !== undefined && { url }),
        ...(events !== undefined && { events: eventsFrom(events) }),
        ...(description !== undefined && { description }),
        ...(isActive !== undefined && { isActive }),
      }),
    );
  }

  @Delete(':id')
  @Allow('admin')
  @ApiOperation({ summary: 'Delete a webhook', description: 'With its deliveries. What waits is not sent.' })
  @ApiAnswer(SuccessResponse, 'The webhook is deleted.')
  @ApiProblems('WEBHOOK_NOT_FOUND')
  async delete(
    @CurrentPrincipal() principal: Principal,
    @Param() { id }: WebhookIdParam,
  ): Promise<SuccessResponse> {
    await this.webhooks.delete(principal, id);
    return { success: true };
  }

  @Post(':id/test')
  @Allow('admin')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Send a message to a webhook',
    description:
      'One message of the type webhook.test, once, now. It waits at most 10 seconds for the receiver.',
  })
  @ApiAnswer(WebhookTestResponse, 'Whether it arrived.')
  @ApiProblems('WEBHOOK_NOT_FOUND')
  async test(
    @CurrentPrincipal() principal: Principal,
    @Param() { id }: WebhookIdParam,
  ): Promise<WebhookTestResponse> {
    return WebhookTestResponse.from(await this.webhooks.test(principal, id));
  }

  @Get(':id/deliveries')
  @Allow('admin')
  @ApiOperation({
    summary: 'List the deliveries of a webhook, the newest first',
    description: 'Those that wait, and those that ended in the last EVENT_RETENTION_HOURS.',
  })
  @ApiPage(WebhookDeliveryResponse, 'One page of the list.')
  @ApiProblems('WEBHOOK_NOT_FOUND')
  async deliveries(
    @CurrentPrincipal() principal: Principal,
    @Param() { id }: WebhookIdParam,
    @Query() { skip, limit }: PageQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<WebhookDeliveryResponse[]> {
    const { rows, total } = await this.webhooks.listDeliveries(principal, id, skip, limit);
    response.setHeader('X-Total-Count', total);
    return rows.map((row) => WebhookDeliveryResponse.from(row));
  }
}
