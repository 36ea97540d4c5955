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

  @ApiProperty({ example: 'ok', description: '`ok` if the database answers; otherwise what is wrong.' })
  database!: string;

  @ApiProperty({
    example: 'ok',
    description:
      '`ok` if the firmware store can be written and has room for an image; otherwise what is wrong.',
  })
  store!: string;

  @ApiProperty({
    example: 2.1,
    description:
      'Seconds since the catalog of releases was last known to match the database. Above 30: degraded.',
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
    summary: 'Check whether the process is up',
    description: 'For process supervisors. Does not query the database or the disk.',
  })
  @ApiAnswer(HealthResponse, 'The process is up.')
  check(): HealthResponse {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({
    summary: 'Check whether this process can serve devices',
    description:
      'For load balancers: 200 from the end of startup until the process stops. It stays 200 while the database or the ' +
      'store is unavailable, because checks and downloads continue. With several workers, each answers for itself.',
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
    summary: 'Check the state of the server',
    description:
      'For monitoring: the state of the database and the store, and the age of the catalog, from a background check that ' +
      'is at most a second old. A part that does not respond within two seconds counts as unavailable.',
  })
  @ApiAnswer(HealthStatusResponse, 'Everything works.')
  @ApiResponse({
    status: 503,
    type: HealthStatusResponse,
    description: 'Something does not work; the response says what.',
  })
  @ApiProblems('INTERNAL_ERROR')
  status(@Res({ passthrough: true }) response: Response): HealthStatusResponse {
    const { isOk, parts, catalogAgeSeconds } = this.monitor.report();
    if (!isOk) response.status(HttpStatus.SERVICE_UNAVAILABLE);
    return {
      status: isOk ? 'ok' : 'degraded',
      ...parts,
      catalog_age_seconds: Math.floor(catalogAgeSeconds),
    };
  }
}
