import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AuditLog } from '../../audit/audit.exports.js';
import { may } from '../../domain/permissions.js';
import type { Principal } from '../../domain/principal.js';
import { Allow } from '../../http/allow.js';
import { ApiAnswer, ApiProblems, JSON_BODY_PROBLEMS } from '../../http/openapi.js';
import { CurrentPrincipal } from '../../http/principal.js';
import { TransportError } from '../../http/problem.js';
import { listInvalid } from '../identity/dto/identity.dto.js';
import { BulkService } from './bulk.service.js';
import { DeviceChangesService } from './device-changes.service.js';
import { ChangedResponse, DeviceBulkRequest, DevicesImportRequest, toBulk } from './dto/bulk.dto.js';
import { readDeviceTable } from './dto/device-table.js';

const NOTHING = 'no device was changed';

@ApiTags('fleet')
@ApiBearerAuth()
@ApiProblems('VALIDATION_FAILED', 'DATABASE_UNAVAILABLE')
@Controller('api/ota/admin/devices')
export class BulkController {
  constructor(
    private readonly bulks: BulkService,
    private readonly changes: DeviceChangesService,
    private readonly audit: AuditLog,
  ) {}

  @Post('bulk')
  @Allow('operator', { action: 'device.change_many', more: 'delete the role admin' })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Change or forget all devices that match a filter',
    description:
      'Only if exactly `expect` devices match: count them with the list before. All of them are changed, or none. `delete` ' +
      'takes the role admin.',
  })
  @ApiAnswer(ChangedResponse, 'The number of devices.')
  @ApiProblems(...JSON_BODY_PROBLEMS, 'FILTER_INVALID', 'DEVICE_COUNT_CHANGED')
  async bulk(
    @CurrentPrincipal() principal: Principal,
    @Body() body: DeviceBulkRequest,
  ): Promise<ChangedResponse> {
    const request = toBulk(body);
    if (request.isDeleted && !may(principal.role, 'admin')) {
      this.audit.noteRefusal(principal, { action: 'device.forget_many', target: 'devices' });
      throw new TransportError('NOT_ALLOWED', `delete takes the role admin; yours is ${principal.role}.`);
    }
    return { changed: await this.bulks.run(principal, request) };
  }

  @Post('import')
  @Allow('operator', { action: 'device.import' })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Change the devices of a table',
    description: 'If a line of the table is faulty, or its device unknown, no device is changed.',
  })
  @ApiAnswer(ChangedResponse, 'The number of devices in the table.')
  @ApiProblems(...JSON_BODY_PROBLEMS, 'DEVICE_LIST_INVALID')
  async import(
    @CurrentPrincipal() principal: Principal,
    @Body() { csv }: DevicesImportRequest,
  ): Promise<ChangedResponse> {
    const { changes, faults } = await readDeviceTable(csv);
    if (faults.length > 0) throw listInvalid(faults, NOTHING);
    const refused = await this.changes.changeAll(principal, changes);
    if (refused.size === 0) return { changed: changes.length };
    const lines = changes.flatMap(({ line, deviceId }) => {
      const fault = refused.get(deviceId);
      return fault === undefined ? [] : [{ line, fault }];
    });
    throw listInvalid(lines, NOTHING);
  }
}
