import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../domain/principal.js';
import { Allow } from '../../http/allow.js';
import { DeviceIdParam } from '../../http/device-id-param.js';
import { ApiAnswer, ApiProblems } from '../../http/openapi.js';
import { CurrentPrincipal } from '../../http/principal.js';
import { ExplanationResponse } from '../dto/explanation.dto.js';
import { ExplanationService } from './explanation.service.js';

@ApiTags('fleet')
@ApiBearerAuth()
@ApiProblems('VALIDATION_FAILED', 'DATABASE_UNAVAILABLE')
@Controller('api/ota/admin/devices')
export class ExplanationController {
  constructor(private readonly explanations: ExplanationService) {}

  @Get(':device_id/explain')
  @Allow('viewer')
  @ApiOperation({
    summary: 'Explain why a device is updated or not',
    description:
      'The decision that answers the checks of the device, in steps. At most one step is false, and it is the reason; a device ' +
      'that is up to date, or only has to ask, has none.',
  })
  @ApiAnswer(ExplanationResponse, 'The steps.')
  @ApiProblems('DEVICE_NOT_FOUND')
  async explain(
    @CurrentPrincipal() principal: Principal,
    @Param() { device_id }: DeviceIdParam,
  ): Promise<ExplanationResponse> {
    return ExplanationResponse.from(await this.explanations.explain(principal, device_id));
  }
}
