import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { DeviceRoute } from '../http/device-lane/device-route.js';
import { ApiAnswer, ApiProblems, JSON_BODY_PROBLEMS } from '../http/openapi.js';
import { Public } from '../http/public.js';
import { StatusRequest, StatusResponse, toReport } from './dto/status.dto.js';
import { LogsService } from './logs.service.js';

@ApiTags('devices')
@Public()
@Controller('api/ota')
export class StatusController {
  constructor(private readonly logs: LogsService) {}

  @Post('status')
  @DeviceRoute()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Report the status of an update',
    description:
      'Updates the newest open attempt of the device at the firmware; if that attempt has ended, opens a new one. ' +
      'Sending the same final status twice changes nothing.',
  })
  @ApiAnswer(StatusResponse, 'The report is committed to disk.')
  @ApiProblems(...JSON_BODY_PROBLEMS, 'FIRMWARE_NOT_FOUND', 'DATABASE_UNAVAILABLE', 'OVERLOADED')
  async report(@Body() body: StatusRequest): Promise<StatusResponse> {
    return StatusResponse.from(await this.logs.report(toReport(body)));
  }
}
