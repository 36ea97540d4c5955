import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { ApiAnswer, ApiProblems } from '../openapi.js';
import { TransportError } from '../problem.js';
import { Public } from '../public.js';
import { HealthMonitor } from './health-monitor.js';
import { Readiness, type Stage } from './readiness.js';

const NOT_READY: Readonly<Record<Exclude<Stage, 'serving'>, string>> = {
  starting: 'Not ready: the server is starting. Ask again in a moment.',
  stopping: 'Not ready: the server is stopping. Send requests to another one, or ask again when it is back.',
};

class HealthResponse {
  @ApiProperty({ example: 'ok' })
  status!: string;
}

class HealthStatusResponse {
  @ApiProperty({ enum: ['ok', 'degraded'], example: 'ok' })
  status!: string;

  @ApiProperty({ example: 'ok', description: '`ok`, or what is wrong: whether the database answers.' })
  database!: string;

  @ApiProperty({
    example: 'ok',
    description:
      '`ok`, or what is wrong: whether the firmware store can be written and has room for an image.',
  })
  store!: string;

  @ApiProperty({
    example: 2.1,
    description: 'Since the catalog of releases was known to be what the database says. Above 30: degraded.',
  })
  catalog_age_seconds!: number;
}

@ApiTags('health')
@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly monitor: HealthMonitor,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Is the process up?',
    description: 'For what restarts it. Asks neither the database nor the disk.',
  })
  @ApiAnswer(HealthResponse, 'The process is up.')
  check(): HealthResponse {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({
    summary: 'Can this process serve devices?',
    description:
      'For load balancers: 200 once everything of the start is done, until the process stops. It stays 200 while the ' +
      'database or the store is away, since checks and downloads go on. With several workers, each answers for itself.',
  })
  @ApiAnswer(HealthResponse, 'Ready to serve.')
  @ApiProblems('NOT_READY')
  ready(): HealthResponse {
    const { stage } = this.readiness;
    if (stage !== 'serving') throw new TransportError('NOT_READY', NOT_READY[stage]);
    return { status: 'ok' };
  }

  @Get('status')
  @ApiOperation({
    summary: 'Does everything work?',
    description:
      'For monitors: the database, the store and the age of the catalog, as a look in the background found them at most ' +
      'a second ago. A part that gives no answer within two seconds counts as away.',
  })
  @ApiAnswer(HealthStatusResponse, 'Everything works.')
  @ApiResponse({
    status: 503,
    type: HealthStatusResponse,
    description: 'Something does not; the answer says what.',
  })
  @ApiProblems('INTERNAL_ERROR')
  status(@Res({ passthrough: true }) response: Response): HealthStatusResponse {
    const { isOk, parts, catalogAgeSeconds } = this.monitor.report();
    if (!isOk) response.status(HttpStatus.SERVICE_UNAVAILABLE);
    return {
      status: isOk ? 'ok' : 'degraded',
      ...parts,
      catalog_age_seconds: Math.round(catalogAgeSeconds * 10) / 10,
    };
  }
}
