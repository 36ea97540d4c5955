import { Body, Controller, Delete, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../domain/principal.js';
import { Allow } from '../../http/allow.js';
import { ApiAnswer, ApiProblems, JSON_BODY_PROBLEMS } from '../../http/openapi.js';
import { DeviceIdParam } from '../../http/device-id-param.js';
import { CurrentPrincipal } from '../../http/principal.js';
import { faultsOf, parseDeviceList } from './dto/device-list.js';
import {
  DeviceAccessResponse,
  DeviceTokenQuery,
  DeviceTokenResponse,
  DeviceTokensRequest,
  DeviceTokensResponse,
  listInvalid,
} from './dto/identity.dto.js';
import { DeviceIdentityService } from './device-identity.service.js';

@ApiTags('fleet')
@ApiBearerAuth()
@ApiProblems('UNAUTHENTICATED', 'NOT_ALLOWED', 'VALIDATION_FAILED', 'DATABASE_UNAVAILABLE')
@Controller('api/ota/admin/devices')
export class DeviceIdentityController {
  constructor(private readonly identities: DeviceIdentityService) {}

  @Post('tokens')
  @Allow('admin', { action: 'device.make_tokens' })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Create the tokens of many devices',
    description: 'For a production line. If a line of the table is faulty, no token is created.',
  })
  @ApiAnswer(DeviceTokensResponse, 'A token for each device.')
  @ApiProblems(...JSON_BODY_PROBLEMS, 'DEVICE_LIST_INVALID')
  async mintAll(
    @CurrentPrincipal() principal: Principal,
    @Body() { csv, reset = false }: DeviceTokensRequest,
  ): Promise<DeviceTokensResponse> {
    const { devices, faults } = parseDeviceList(csv);
    if (faults.length > 0) throw listInvalid(faults);
    const result = await this.identities.mintAll(principal, devices, reset);
    if ('inUse' in result) throw listInvalid(faultsOf(devices, result.inUse));
    return DeviceTokensResponse.from(result.made);
  }

  @Post(':device_id/token')
  @Allow('admin', { action: 'device.make_token' })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Create the token of a device',
    description:
      'From then on the device must send it. The token is the same each time until the device uses it; after that, send ' +
      'reset=true, which revokes it.',
  })
  @ApiAnswer(DeviceTokenResponse, 'The token.')
  @ApiProblems('TOKEN_IN_USE')
  async mint(
    @CurrentPrincipal() principal: Principal,
    @Param() { device_id }: DeviceIdParam,
    @Query() { reset = false }: DeviceTokenQuery,
  ): Promise<DeviceTokenResponse> {
    const { token } = await this.identities.mint(principal, device_id, reset);
    return { device_id, device_token: token };
  }

  @Delete(':device_id/token')
  @Allow('admin', { action: 'device.revoke_token' })
  @ApiOperation({
    summary: 'Revoke the tokens of a device',
    description: 'Every server refuses them within a second. The device can enrol again.',
  })
  @ApiAnswer(DeviceAccessResponse, 'The device afterwards.')
  @ApiProblems('DEVICE_NOT_FOUND')
  async revoke(
    @CurrentPrincipal() principal: Principal,
    @Param() { device_id }: DeviceIdParam,
  ): Promise<DeviceAccessResponse> {
    return DeviceAccessResponse.from(device_id, await this.identities.revoke(principal, device_id));
  }

  @Post(':device_id/accept')
  @Allow('operator', { action: 'device.accept' })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Accept a device that enrols',
    description: 'It gets its token when it asks again.',
  })
  @ApiAnswer(DeviceAccessResponse, 'The device afterwards.')
  @ApiProblems('DEVICE_NOT_FOUND')
  async accept(
    @CurrentPrincipal() principal: Principal,
    @Param() { device_id }: DeviceIdParam,
  ): Promise<DeviceAccessResponse> {
    return DeviceAccessResponse.from(device_id, await this.identities.decide(principal, device_id, 'accept'));
  }

  @Post(':device_id/reject')
  @Allow('operator', { action: 'device.reject' })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Reject a device that enrols',
    description: 'It is not served until it is accepted.',
  })
  @ApiAnswer(DeviceAccessResponse, 'The device afterwards.')
  @ApiProblems('DEVICE_NOT_FOUND', 'DEVICE_HAS_IDENTITY')
  async reject(
    @CurrentPrincipal() principal: Principal,
    @Param() { device_id }: DeviceIdParam,
  ): Promise<DeviceAccessResponse> {
    return DeviceAccessResponse.from(device_id, await this.identities.decide(principal, device_id, 'reject'));
  }

  @Post(':device_id/block')
  @Allow('operator', { action: 'device.block' })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Block a device',
    description: 'Checks answer device_blocked, downloads 403. Its reports are kept.',
  })
  @ApiAnswer(DeviceAccessResponse, 'The device afterwards.')
  @ApiProblems('DEVICE_NOT_FOUND')
  async block(
    @CurrentPrincipal() principal: Principal,
    @Param() { device_id }: DeviceIdParam,
  ): Promise<DeviceAccessResponse> {
    return DeviceAccessResponse.from(device_id, await this.identities.decide(principal, device_id, 'block'));
  }

  @Post(':device_id/unblock')
  @Allow('operator', { action: 'device.unblock' })
  @HttpCode(200)
  @ApiOperation({ summary: 'Unblock a device', description: 'It is served as before it was blocked.' })
  @ApiAnswer(DeviceAccessResponse, 'The device afterwards.')
  @ApiProblems('DEVICE_NOT_FOUND')
  async unblock(
    @CurrentPrincipal() principal: Principal,
    @Param() { device_id }: DeviceIdParam,
  ): Promise<DeviceAccessResponse> {
    return DeviceAccessResponse.from(
      device_id,
      await this.identities.decide(principal, device_id, 'unblock'),
    );
  }
}
