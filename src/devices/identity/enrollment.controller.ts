import type { Request, Response } from 'express';
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { DomainError } from '../../domain/errors.js';
import { ApiAnswer, ApiProblems, JSON_BODY_PROBLEMS } from '../../http/openapi.js';
import { Public } from '../../http/public.js';
import { EnrollmentLimit } from '../../overload/enrollment-limit.js';
import { DeviceLimits } from '../limits/device-limits.js';
import { EnrollmentService } from './enrollment.service.js';
import { EnrollPendingResponse, EnrollRequest, EnrollResponse } from './dto/identity.dto.js';

@ApiTags('devices')
@Public()
@Controller('api/ota/devices')
export class EnrollmentController {
  constructor(
    private readonly enrollments: EnrollmentService,
    private readonly limit: EnrollmentLimit,
    private readonly devices: DeviceLimits,
  ) {}

  @Post('enroll')
  @HttpCode(200)
  @ApiBearerAuth()
  @ApiOperation({
    summary: 'Enrol a device',
    description:
      'Send the enrolment key as the bearer. Until the token is used for the first time, the same request returns the same ' +
      'token, so a lost response can be repeated.',
  })
  @ApiAnswer(EnrollResponse, 'The token of the device.')
  @ApiResponse({
    status: 202,
    type: EnrollPendingResponse,
    description: 'An operator must accept the device first: ask again with the same key.',
  })
  @ApiProblems(
    ...JSON_BODY_PROBLEMS,
    'ENROLLMENT_KEY_INVALID',
    'ENROLLMENT_KEY_REVOKED',
    'ENROLLMENT_KEY_EXPIRED',
    'ENROLLMENT_DEVICE_TYPE',
    'ENROLLMENT_KEY_USED_UP',
    'DEVICE_BLOCKED',
    'ALREADY_ENROLLED',
    'RATE_LIMITED',
    'DATABASE_UNAVAILABLE',
    'OVERLOADED',
  )
  async enroll(
    @Body() { device_id: deviceId, device_type: deviceType }: EnrollRequest,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<EnrollResponse | EnrollPendingResponse> {
    const [, key = ''] = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    this.limit.refuse(request);
    await this.devices.refuse(deviceId, request);
    const enrolling = this.enrollments.enroll(key, { deviceId, deviceType }, request.ip ?? null);
    const token = await enrolling.catch((error: unknown) => {
      if (isKeyRefused(error)) this.limit.failed(request);
      throw error;
    });
    response.setHeader('Cache-Control', 'no-store');
    if (token !== null) return { device_token: token };
    response.status(202);
    return { status: 'pending' };
  }
}

/** A device that is enrolled already, or blocked, had a right key. */
const isKeyRefused = (error: unknown): boolean =>
  error instanceof DomainError && error.code.startsWith('ENROLLMENT_');
