import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FirmwareIdParam } from '../http/firmware-id-param.js';
import { ApiAnswer, ApiProblems } from '../http/openapi.js';
import { DownloadCounter } from './download-counter.js';
import { DownloadCountResponse } from './dto/download.dto.js';

@ApiTags('logs')
@ApiBearerAuth()
@Controller('api/ota/admin/firmware/:firmware_id/downloads')
export class DownloadCountController {
  constructor(private readonly counter: DownloadCounter) {}

  @Get()
  @ApiOperation({
    summary: 'Count the downloads of a firmware',
    description:
      'Counts downloads that started at the first byte: a resumed download counts once. An unknown firmware has none.',
  })
  @ApiAnswer(DownloadCountResponse, 'The count, updated within a second of a download.')
  @ApiProblems('UNAUTHENTICATED', 'VALIDATION_FAILED', 'DATABASE_UNAVAILABLE')
  async count(@Param() { firmware_id }: FirmwareIdParam): Promise<DownloadCountResponse> {
    const { downloads, lastDownloadAt } = await this.counter.countOf(firmware_id);
    return { firmware_id, downloads, last_download_at: lastDownloadAt };
  }
}
