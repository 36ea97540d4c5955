import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../domain/principal.js';
import { Allow } from '../../http/allow.js';
import { ApiAnswer, ApiProblems, JSON_BODY_PROBLEMS } from '../../http/openapi.js';
import { SuccessResponse } from '../../http/success-response.js';
import { CurrentPrincipal } from '../../http/principal.js';
import {
  EnrollmentKeyIdParam,
  EnrollmentKeyRequest,
  EnrollmentKeyResponse,
  NewEnrollmentKeyResponse,
  toChoice,
} from './dto/enrollment-key.dto.js';
import { EnrollmentKeysService } from './enrollment-keys.service.js';

@ApiTags('fleet')
@ApiBearerAuth()
@ApiProblems('UNAUTHENTICATED', 'NOT_ALLOWED', 'DATABASE_UNAVAILABLE')
@Controller('api/ota/admin/enrollment-keys')
export class EnrollmentKeysController {
  constructor(private readonly keys: EnrollmentKeysService) {}

  @Get()
  @Allow('admin')
  @ApiOperation({
    summary: 'List the enrolment keys',
    description: 'Returns what is known of each key, but not the key itself: only its hash is kept.',
  })
  @ApiAnswer([EnrollmentKeyResponse], 'All keys, the newest first, also those that have ended.')
  async list(@CurrentPrincipal() principal: Principal): Promise<EnrollmentKeyResponse[]> {
    return (await this.keys.list(principal)).map((key) => EnrollmentKeyResponse.from(key));
  }

  @Post()
  @Allow('admin')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Create an enrolment key',
    description:
      'Devices of its device_type exchange the key for a token of their own. Only its hash is kept.',
  })
  @ApiAnswer(NewEnrollmentKeyResponse, 'The key, which is shown only this once.')
  @ApiProblems(...JSON_BODY_PROBLEMS)
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: EnrollmentKeyRequest,
  ): Promise<NewEnrollmentKeyResponse> {
    const { kept, key } = await this.keys.create(principal, toChoice(body));
    return NewEnrollmentKeyResponse.of(kept, key);
  }

  @Delete(':key_id')
  @Allow('admin')
  @ApiOperation({
    summary: 'Revoke an enrolment key',
    description:
      'Devices that have enrolled with it keep their tokens; those that wait to be accepted need another key.',
  })
  @ApiAnswer(SuccessResponse, 'Nobody can enrol with it any more.')
  @ApiProblems('VALIDATION_FAILED', 'ENROLLMENT_KEY_NOT_FOUND')
  async revoke(
    @CurrentPrincipal() principal: Principal,
    @Param() { key_id }: EnrollmentKeyIdParam,
  ): Promise<SuccessResponse> {
    await this.keys.revoke(principal, key_id);
    return { success: true };
  }
}
