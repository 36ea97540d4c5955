import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../domain/principal.js';
import { Allow } from '../http/allow.js';
import { FirmwareIdParam } from '../http/firmware-id-param.js';
import { ApiAnswer, ApiProblems } from '../http/openapi.js';
import { CurrentPrincipal } from '../http/principal.js';
import { DownloadCounter } from './download-counter.js';
import { DownloadCountResponse } from './dto/download.dto.js';

@ApiTags('logs')
@ApiBearerAuth()
@Controller('api/ota/admin/firmware/:firmware_id/downloads')
export class DownloadCountController {
  constructor(private readonly counter: DownloadCounter) {}

  @Get()
  @Allow('viewer')
  @ApiOperation({
    summary: 'Count the downloads of a firmware',
    description:
      'Counts downloads that started at the first byte: a resumed download counts once. An unknown firmware has none.',
  })
  @ApiAnswer(DownloadCountResponse, 'The count, updated within a second of a download.')
  @ApiProblems('VALIDATION_FAILED', 'DATABASE_UNAVAILABLE')
  async count(
    @CurrentPrincipal() principal: Principal,
    @Param() { firmware_id }: FirmwareIdParam,
  ): Promise<DownloadCountResponse> {
    const { downloads, lastDownloadAt } = await this.counter.countOf(principal, firmware_id);
    return { firmware_id, downloads, last_download_at: lastDownloadAt };
  }
}
