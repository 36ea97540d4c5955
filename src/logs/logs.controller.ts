import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Principal } from '../domain/principal.js';
import { Allow } from '../http/allow.js';
import { ApiPage, ApiProblems } from '../http/openapi.js';
import { CurrentPrincipal } from '../http/principal.js';
import { LogListQuery, LogResponse } from './dto/log.dto.js';
import { LogsService } from './logs.service.js';

@ApiTags('logs')
@ApiBearerAuth()
@Controller('api/ota/admin/logs')
export class LogsController {
  constructor(private readonly logs: LogsService) {}

  @Get()
  @Allow('viewer')
  @ApiOperation({
    summary: 'List update attempts',
    description:
      'Lists update attempts, the newest first: one row each time a device tries to install a firmware. Filters are ' +
      'combined; X-Total-Count is the number of rows on all pages.',
  })
  @ApiPage(LogResponse, 'One page of the list.')
  @ApiProblems('VALIDATION_FAILED', 'DATABASE_UNAVAILABLE')
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { device_id, firmware_id, status, since, before, skip, limit }: LogListQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<LogResponse[]> {
    const filter = { deviceId: device_id, firmwareId: firmware_id, status, since, before };
    const { rows, total } = await this.logs.list(principal, filter, skip, limit);
    response.setHeader('X-Total-Count', total);
    return rows.map((row) => LogResponse.from(row));
  }
}
