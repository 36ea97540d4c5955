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
@ApiProblems('VALIDATION_FAILED', 'DATABASE_UNAVAILABLE')
@Controller('api/ota/admin/devices')
export class DevicesController {
  constructor(private readonly audiences: AudienceService) {}

  @Get('audience')
  @Allow('viewer')
  @ApiOperation({
    summary: 'Count the devices that would be offered a firmware',
    description:
      'Applies the same decision as a check to the stable releases and this firmware, which is treated as stable and active ' +
      'and does not have to be registered. The `ota` command shows these numbers before a release.',
  })
  @ApiAnswer(AudienceResponse, 'The counts, according to the last check of each device.')
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
