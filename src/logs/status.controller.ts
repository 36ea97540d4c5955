import type { IncomingMessage } from 'node:http';
import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { DeviceGate } from '../devices/devices.exports.js';
import { DeviceRoute } from '../http/device-lane/device-route.js';
import { ApiAnswer, ApiProblems, JSON_BODY_PROBLEMS } from '../http/openapi.js';
import { Public } from '../http/public.js';
import { StatusRequest, StatusResponse, toReport } from './dto/status.dto.js';
import { LogsService } from './logs.service.js';

@ApiTags('devices')
@Public()
@Controller('api/ota')
export class StatusController {
  constructor(
    private readonly gate: DeviceGate,
    private readonly logs: LogsService,
  ) {}

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
  @ApiProblems(
    ...JSON_BODY_PROBLEMS,
    'DEVICE_UNAUTHENTICATED',
    'OTHER_DEVICE',
    'FIRMWARE_NOT_FOUND',
    'RATE_LIMITED',
    'DATABASE_UNAVAILABLE',
    'OVERLOADED',
  )
  async report(@Req() request: IncomingMessage, @Body() body: StatusRequest): Promise<StatusResponse> {
    // What a device reports that is not served is kept: it is what happened.
    await this.gate.admit(request, body.device_id);
    return StatusResponse.from(await this.logs.report(toReport(body)));
  }
}
