import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Body, Controller, Delete, Get, Param, Patch, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { Principal } from '../../domain/principal.js';
import { Allow } from '../../http/allow.js';
import { ApiAnswer, ApiProblems, JSON_BODY_PROBLEMS } from '../../http/openapi.js';
import { CurrentPrincipal } from '../../http/principal.js';
import { SuccessResponse } from '../../http/success-response.js';
import { DeviceIdParam } from '../../http/device-id-param.js';
import { DeviceChangesService } from './device-changes.service.js';
import { csvHeader, csvOf } from './dto/device-csv.js';
import {
  DeviceChangeRequest,
  DeviceListQuery,
  DeviceResponse,
  FleetQueryParameters,
  toChange,
} from './dto/device.dto.js';
import { FleetSummaryResponse } from './dto/summary.dto.js';
import type { FleetDevice } from './fleet-device.js';
import { FleetService } from './fleet.service.js';

const CSV = 'text/csv';

@ApiTags('fleet')
@ApiBearerAuth()
@ApiProblems('VALIDATION_FAILED', 'DATABASE_UNAVAILABLE')
@Controller('api/ota/admin/devices')
export class FleetController {
  constructor(
    private readonly fleet: FleetService,
    private readonly changes: DeviceChangesService,
  ) {}

  @Get()
  @Allow('viewer')
  @ApiOperation({
    summary: 'List devices',
    description:
      'Lists the devices that match a filter, the one seen last first. X-Next is the cursor of the next page: send it as ' +
      '`after`, which takes as long on the last page as on the first one, where `skip` takes longer and longer. With ' +
      '`Accept: text/csv` all devices that match are sent as CSV, in the order of their ids.',
  })
  @ApiResponse({
    status: 200,
    description: 'One page of the list, or all of it as CSV.',
    headers: {
      'X-Total-Count': {
        description: 'Number of devices on all pages, as counted for the first one.',
        schema: { type: 'integer' },
      },
      'X-Next': { description: 'The cursor of the next page, if there is one.', schema: { type: 'string' } },
    },
    type: [DeviceResponse],
  })
  @ApiProblems('FILTER_INVALID', 'FILTER_TOO_SLOW', 'OVERLOADED')
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { q, sort, skip, limit, after }: DeviceListQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<DeviceResponse[] | undefined> {
    response.vary('Accept');
    if (request.accepts(['application/json', CSV]) === CSV) {
      await sendCsv(await this.fleet.listAll(principal, q), response);
      return undefined;
    }
    const { devices, total, next } = await this.fleet.list(principal, { q, sort, skip, limit, after });
    response.setHeader('X-Total-Count', total);
    if (next !== null) response.setHeader('X-Next', next);
    return devices.map((device) => DeviceResponse.from(device));
  }

  @Get('summary')
  @Allow('viewer')
  @ApiOperation({
    summary: 'Count devices by status, version and day',
    description:
      'Counts the devices that match a filter. Without a filter the counts may be a second old; a very large fleet is ' +
      'counted as a whole at intervals of twenty times as long as counting takes.',
  })
  @ApiAnswer(FleetSummaryResponse, 'The counts.')
  @ApiProblems('FILTER_INVALID', 'FILTER_TOO_SLOW', 'OVERLOADED')
  async summary(
    @CurrentPrincipal() principal: Principal,
    @Query() { q }: FleetQueryParameters,
  ): Promise<FleetSummaryResponse> {
    return FleetSummaryResponse.from(await this.fleet.summary(principal, q));
  }

  @Get(':device_id')
  @Allow('viewer')
  @ApiOperation({ summary: 'Get a device', description: 'By its id or its MAC address.' })
  @ApiAnswer(DeviceResponse, 'The device.')
  @ApiProblems('DEVICE_NOT_FOUND')
  async get(
    @CurrentPrincipal() principal: Principal,
    @Param() { device_id }: DeviceIdParam,
  ): Promise<DeviceResponse> {
    return DeviceResponse.from(await this.fleet.get(principal, device_id));
  }

  @Patch(':device_id')
  @Allow('operator', { action: 'device.change' })
  @ApiOperation({
    summary: 'Change what operators say of a device',
    description: 'Changes only the fields that are sent.',
  })
  @ApiAnswer(DeviceResponse, 'The device afterwards.')
  @ApiProblems(...JSON_BODY_PROBLEMS, 'DEVICE_NOT_FOUND')
  async change(
    @CurrentPrincipal() principal: Principal,
    @Param() { device_id }: DeviceIdParam,
    @Body() body: DeviceChangeRequest,
  ): Promise<DeviceResponse> {
    await this.changes.change(principal, device_id, toChange(body));
    return DeviceResponse.from(await this.fleet.get(principal, device_id));
  }

  @Delete(':device_id')
  @Allow('admin', { action: 'device.forget' })
  @ApiOperation({
    summary: 'Forget a device',
    description:
      'Deletes the device with its attempts. If it checks again, it is a new one. Its revoked tokens remain revoked, and a ' +
      'blocked device remains blocked.',
  })
  @ApiAnswer(SuccessResponse, 'The device is forgotten.')
  @ApiProblems('DEVICE_NOT_FOUND')
  async forget(
    @CurrentPrincipal() principal: Principal,
    @Param() { device_id }: DeviceIdParam,
  ): Promise<SuccessResponse> {
    await this.changes.forget(principal, device_id);
    return { success: true };
  }
}

/** As fast as the client reads. What fails before the first line is answered as any other error. */
async function sendCsv(pages: AsyncGenerator<readonly FleetDevice[]>, response: Response): Promise<void> {
  const first = await pages.next();
  response.setHeader('Content-Type', `${CSV}; charset=utf-8; header=present`);
  response.setHeader('Content-Disposition', 'attachment; filename="devices.csv"');
  async function* lines(): AsyncGenerator<string> {
    yield csvHeader();
    if (first.done !== true) yield csvOf(first.value);
    for await (const devices of pages) yield csvOf(devices);
  }
  await pipeline(Readable.from(lines(), { highWaterMark: 1 }), response).catch((error: unknown) => {
    // A client that went away, and one that was answered half of it: a cut connection does not look like all.
    if (!response.destroyed) throw error;
  });
}
