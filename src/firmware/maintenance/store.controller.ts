import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../domain/principal.js';
import { Allow } from '../../http/allow.js';
import { ApiAnswer, ApiProblems, JSON_BODY_PROBLEMS } from '../../http/openapi.js';
import { CurrentPrincipal } from '../../http/principal.js';
import {
  PruneRequestBody,
  PruneResponse,
  StoreCleanRequest,
  StoreCleanResponse,
  StoreReportResponse,
} from '../dto/store.dto.js';
import { StoreMaintenanceService } from './store-maintenance.service.js';

@ApiTags('firmware')
@ApiBearerAuth()
@ApiProblems('INTERNAL_ERROR', 'DATABASE_UNAVAILABLE', 'STORE_UNAVAILABLE')
@Controller('api/ota/admin')
export class StoreController {
  constructor(private readonly maintenance: StoreMaintenanceService) {}

  @Get('store')
  @Allow('viewer')
  @ApiOperation({
    summary: 'Compare the store with the registered firmware',
    description:
      'Lists files that no firmware refers to, and firmware whose file is missing. Only names are compared: verify a ' +
      'firmware to compare its file with its hash.',
  })
  @ApiAnswer(StoreReportResponse, 'The result of the comparison.')
  async check(@CurrentPrincipal() principal: Principal): Promise<StoreReportResponse> {
    return StoreReportResponse.from(await this.maintenance.check(principal));
  }

  @Post('store/clean')
  @Allow('operator')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Remove unreferenced files',
    description:
      'Removes files that no firmware refers to and that were last written more than a day ago. Uploads in progress are ' +
      'not affected.',
  })
  @ApiAnswer(StoreCleanResponse, 'The removed files.')
  @ApiProblems(...JSON_BODY_PROBLEMS)
  async clean(
    @CurrentPrincipal() principal: Principal,
    @Body() { dry_run = false }: StoreCleanRequest,
  ): Promise<StoreCleanResponse> {
    return StoreCleanResponse.from(await this.maintenance.clean(principal, dry_run));
  }

  @Post('firmware/prune')
  @Allow('operator')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Remove the files of old inactive firmware',
    description:
      'Keeps the files of active firmware and of the newest inactive releases of each device_type. The rows and logs of ' +
      'the others remain, with pruned_at set. To restore one, upload the same file and set is_active.',
  })
  @ApiAnswer(PruneResponse, 'The releases whose files were removed.')
  @ApiProblems(...JSON_BODY_PROBLEMS)
  async prune(
    @CurrentPrincipal() principal: Principal,
    @Body() { keep, device_type: deviceType, dry_run = false }: PruneRequestBody,
  ): Promise<PruneResponse> {
    return PruneResponse.from(await this.maintenance.prune(principal, { keep, deviceType }, dry_run));
  }
}
