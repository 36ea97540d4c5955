import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../domain/principal.js';
import { Allow } from '../http/allow.js';
import { ApiAnswer, ApiProblems } from '../http/openapi.js';
import { CurrentPrincipal } from '../http/principal.js';
import { AudienceService } from './audience.service.js';
import { AudienceQuery, AudienceResponse } from './dto/audience.dto.js';

@ApiTags('fleet')
@ApiBearerAuth()
@ApiProblems('UNAUTHENTICATED', 'VALIDATION_FAILED', 'DATABASE_UNAVAILABLE')
@Controller('api/ota/admin/devices')
export class DevicesController {
  constructor(private readonly audiences: AudienceService) {}

  @Get('audience')
  @Allow('viewer')
  @ApiOperation({
    summary: 'Count the devices that a firmware would be offered to',
    description:
      'Decides as a check does, among the stable releases and this firmware, which counts as stable and active whatever ' +
      'it is and need not be registered. It is what the `ota` command shows before it releases.',
  })
  @ApiAnswer(AudienceResponse, 'The counts, by what the devices said at their last check.')
  async audience(
    @CurrentPrincipal() principal: Principal,
    @Query() query: AudienceQuery,
  ): Promise<AudienceResponse> {
    const { device_type, version, build_number, min_current_version } = query;
    return AudienceResponse.from(
      await this.audiences.count(principal, {
        deviceType: device_type,
        version,
        build: build_number,
        floor: min_current_version ?? null,
      }),
    );
  }
}
