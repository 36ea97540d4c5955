import {
  applyDecorators,
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { ErrorCode } from '../domain/errors.js';
import type { Principal } from '../domain/principal.js';
import { Allow } from '../http/allow.js';
import { ApiAnswer, ApiPage, ApiProblems } from '../http/openapi.js';
import { CurrentPrincipal } from '../http/principal.js';
import { RolloutDeviceResponse } from './dto/device.response.js';
import { EvidencePointResponse } from './dto/evidence.response.js';
import { RolloutFactorsResponse } from './dto/factors.response.js';
import { entityTagOf, readIfMatch } from './dto/if-match.js';
import { RolloutPreviewResponse } from './dto/preview.response.js';
import { readExcused, readRollout } from './dto/read-rollout.js';
import {
  EvidenceQuery,
  ExcuseRequest,
  ResumeRequest,
  RolloutDevicesQuery,
  RolloutIdParam,
  RolloutListQuery,
  RolloutRequest,
} from './dto/rollout.request.js';
import { RolloutDetailResponse, RolloutResponse } from './dto/rollout.response.js';
import { RolloutsService } from './rollouts.service.js';
import type { ShownRollout } from './rollout-view.js';

const PLANNING_PROBLEMS = [
  'FIRMWARE_NOT_FOUND',
  'FIRMWARE_NOT_OFFERABLE',
  'FIRMWARE_STABLE',
  'FILTER_INVALID',
  'FILTER_TOO_SLOW',
  'OVERLOADED',
] as const;

const ApiRollout = (): MethodDecorator =>
  ApiResponse({
    status: 200,
    type: RolloutDetailResponse,
    description: 'The rollout.',
    headers: { ETag: { description: 'Its version, for If-Match.', schema: { type: 'string' } } },
  });

/** What all actions have in common. */
const ActsOnRollout = (...problems: ErrorCode[]): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'If-Match',
      required: false,
      description:
        'The ETag of the rollout as it was seen: it is refused when somebody has acted on it since.',
    }),
    ApiRollout(),
    ApiProblems('ROLLOUT_NOT_FOUND', 'ROLLOUT_VERSION', ...problems),
  );

@ApiTags('rollouts')
@ApiBearerAuth()
@ApiProblems('DATABASE_UNAVAILABLE')
@Controller('api/ota/admin/rollouts')
export class RolloutsController {
  constructor(private readonly rollouts: RolloutsService) {}

  @Get()
  @Allow('viewer')
  @ApiOperation({ summary: 'List the rollouts', description: 'The newest first.' })
  @ApiPage(RolloutResponse, 'One page of the list.')
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { state, firmware_id, skip, limit }: RolloutListQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RolloutResponse[]> {
    const where = {
      ...(state && { states: state }),
      ...(firmware_id !== undefined && { firmwareId: firmware_id }),
    };
    const { rollouts, total } = await this.rollouts.list(principal, where, skip, limit);
    response.setHeader('X-Total-Count', total);
    return rollouts.map((listed) => RolloutResponse.from(listed));
  }

  @Post()
  @Allow('operator')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Make a rollout',
    description:
      'A draft, until it is started. How many devices the target finds is counted now and stays; none is allowed, too.',
  })
  @ApiRollout()
  @ApiProblems(...PLANNING_PROBLEMS, 'FIRMWARE_IN_ROLLOUT', 'ROLLOUT_GROUP_GONE')
  create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: RolloutRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RolloutDetailResponse> {
    return answer(response, this.rollouts.create(principal, readRollout(body)));
  }

  @Post('preview')
  @Allow('viewer')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Preview a rollout',
    description:
      'Whom it would offer the firmware, by the decision that answers checks. Nothing is changed. matched and left_out are ' +
      'together all devices of the device_type.',
  })
  @ApiAnswer(RolloutPreviewResponse, 'The devices.')
  @ApiProblems(...PLANNING_PROBLEMS)
  async preview(
    @CurrentPrincipal() principal: Principal,
    @Body() body: RolloutRequest,
  ): Promise<RolloutPreviewResponse> {
    return RolloutPreviewResponse.from(await this.rollouts.preview(principal, readRollout(body)));
  }

  @Get(':rollout_id')
  @Allow('viewer')
  @ApiOperation({
    summary: 'Get a rollout',
    description: 'With how many devices are where, the evidence, and why it halted.',
  })
  @ApiRollout()
  @ApiProblems('ROLLOUT_NOT_FOUND')
  get(
    @CurrentPrincipal() principal: Principal,
    @Param() { rollout_id }: RolloutIdParam,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RolloutDetailResponse> {
    return answer(response, this.rollouts.get(principal, rollout_id));
  }

  @Get(':rollout_id/devices')
  @Allow('viewer')
  @ApiOperation({
    summary: 'List the devices of a rollout',
    description: 'Those that were offered the firmware, the newest offer first.',
  })
  @ApiPage(RolloutDeviceResponse, 'One page of the list.')
  @ApiProblems('ROLLOUT_NOT_FOUND')
  async devices(
    @CurrentPrincipal() principal: Principal,
    @Param() { rollout_id }: RolloutIdParam,
    @Query() { state, skip, limit }: RolloutDevicesQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RolloutDeviceResponse[]> {
    const { devices, total } = await this.rollouts.devices(principal, rollout_id, state ?? null, skip, limit);
    response.setHeader('X-Total-Count', total);
    return devices.map((device) => RolloutDeviceResponse.from(device));
  }

  @Get(':rollout_id/evidence')
  @Allow('viewer')
  @ApiOperation({
    summary: 'Get how the evidence of a rollout has come about',
    description:
      'A series for a chart, by the numbers of the offers, with what is known of those devices now. The last point is the ' +
      'present.',
  })
  @ApiAnswer([EvidencePointResponse], 'At most as many points as were asked for.')
  @ApiProblems('ROLLOUT_NOT_FOUND')
  async evidence(
    @CurrentPrincipal() principal: Principal,
    @Param() { rollout_id }: RolloutIdParam,
    @Query() { points }: EvidenceQuery,
  ): Promise<EvidencePointResponse[]> {
    const series = await this.rollouts.evidence(principal, rollout_id, points);
    return series.map((point) => EvidencePointResponse.from(point));
  }

  @Get(':rollout_id/factors')
  @Allow('viewer')
  @ApiOperation({
    summary: 'Get what the failed devices of a rollout have in common',
    description:
      'Revisions and previous version, attributes (those of operators before their own) and tags, each with how many ' +
      'devices have it and how many of those failed. The guiltiest comes first.',
  })
  @ApiAnswer(RolloutFactorsResponse, 'What they have in common.')
  @ApiProblems('ROLLOUT_NOT_FOUND', 'OVERLOADED')
  async factors(
    @CurrentPrincipal() principal: Principal,
    @Param() { rollout_id }: RolloutIdParam,
  ): Promise<RolloutFactorsResponse> {
    return RolloutFactorsResponse.from(await this.rollouts.factors(principal, rollout_id));
  }

  @Post(':rollout_id/start')
  @Allow('operator')
  @HttpCode(200)
  @ActsOnRollout('FIRMWARE_NOT_OFFERABLE', 'FIRMWARE_STABLE', 'ROLLOUT_GROUP_GONE', 'ROLLOUT_WRONG_STATE')
  @ApiOperation({
    summary: 'Start a rollout',
    description:
      'It runs, waits for its time, or waits for approval. One that is scheduled no longer waits for its time.',
  })
  start(
    @CurrentPrincipal() principal: Principal,
    @Param() { rollout_id }: RolloutIdParam,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RolloutDetailResponse> {
    return answer(response, this.rollouts.act(principal, rollout_id, 'start', readIfMatch(ifMatch)));
  }

  @Post(':rollout_id/approve')
  @Allow('operator')
  @HttpCode(200)
  @ActsOnRollout(
    'FIRMWARE_NOT_OFFERABLE',
    'FIRMWARE_STABLE',
    'ROLLOUT_GROUP_GONE',
    'ROLLOUT_OWN',
    'ROLLOUT_WRONG_STATE',
  )
  @ApiOperation({
    summary: 'Approve a rollout',
    description: 'By another person than its maker, whatever tokens they use.',
  })
  approve(
    @CurrentPrincipal() principal: Principal,
    @Param() { rollout_id }: RolloutIdParam,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RolloutDetailResponse> {
    return answer(response, this.rollouts.act(principal, rollout_id, 'approve', readIfMatch(ifMatch)));
  }

  @Post(':rollout_id/pause')
  @Allow('operator')
  @HttpCode(200)
  @ActsOnRollout('ROLLOUT_WRONG_STATE')
  @ApiOperation({
    summary: 'Pause a rollout',
    description: 'Nothing more is offered. What devices report still counts.',
  })
  pause(
    @CurrentPrincipal() principal: Principal,
    @Param() { rollout_id }: RolloutIdParam,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RolloutDetailResponse> {
    return answer(response, this.rollouts.act(principal, rollout_id, 'pause', readIfMatch(ifMatch)));
  }

  @Post(':rollout_id/abort')
  @Allow('operator')
  @HttpCode(200)
  @ActsOnRollout('ROLLOUT_WRONG_STATE')
  @ApiOperation({
    summary: 'Abort a rollout',
    description: 'For ever. Its firmware is no longer served, unless something else brought it into force.',
  })
  abort(
    @CurrentPrincipal() principal: Principal,
    @Param() { rollout_id }: RolloutIdParam,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RolloutDetailResponse> {
    return answer(response, this.rollouts.act(principal, rollout_id, 'abort', readIfMatch(ifMatch)));
  }

  @Post(':rollout_id/finish')
  @Allow('operator')
  @HttpCode(200)
  @ActsOnRollout('ROLLOUT_WRONG_STATE', 'ROLLOUT_UNCONFIRMED')
  @ApiOperation({
    summary: 'Finish a rollout',
    description:
      'All devices of its target may have the firmware from now on. Without a target the firmware becomes stable. ' +
      'Refused while no device has confirmed that it runs the firmware.',
  })
  finish(
    @CurrentPrincipal() principal: Principal,
    @Param() { rollout_id }: RolloutIdParam,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RolloutDetailResponse> {
    return answer(response, this.rollouts.act(principal, rollout_id, 'finish', readIfMatch(ifMatch)));
  }

  @Post(':rollout_id/resume')
  @Allow('operator')
  @HttpCode(200)
  @ActsOnRollout('ROLLOUT_WRONG_STATE', 'ROLLOUT_UNCHANGED', 'ROLLOUT_STILL_HALTS')
  @ApiOperation({
    summary: 'Resume a rollout',
    description:
      'One that was paused; or one that halted, once devices were excused, or with a higher max_failure_rate. One that ' +
      'would halt again at once is not resumed.',
  })
  resume(
    @CurrentPrincipal() principal: Principal,
    @Param() { rollout_id }: RolloutIdParam,
    @Body() { max_failure_rate }: ResumeRequest,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RolloutDetailResponse> {
    return answer(
      response,
      this.rollouts.resume(principal, rollout_id, max_failure_rate ?? null, readIfMatch(ifMatch)),
    );
  }

  @Post(':rollout_id/excuse')
  @Allow('operator')
  @HttpCode(200)
  @ActsOnRollout('ROLLOUT_WRONG_STATE', 'ROLLOUT_NOTHING_TO_EXCUSE')
  @ApiOperation({
    summary: 'Excuse devices of a rollout',
    description:
      'Devices that failed for another reason than the firmware do not count any more. Others of the list are left out. ' +
      'Does not resume a rollout.',
  })
  excuse(
    @CurrentPrincipal() principal: Principal,
    @Param() { rollout_id }: RolloutIdParam,
    @Body() { device_ids, reason }: ExcuseRequest,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RolloutDetailResponse> {
    const ids = readExcused(device_ids);
    return answer(response, this.rollouts.excuse(principal, rollout_id, ids, reason, readIfMatch(ifMatch)));
  }
}

async function answer(response: Response, rollout: Promise<ShownRollout>): Promise<RolloutDetailResponse> {
  const shown = await rollout;
  response.setHeader('ETag', entityTagOf(shown.rollout.version));
  return RolloutDetailResponse.of(shown);
}
