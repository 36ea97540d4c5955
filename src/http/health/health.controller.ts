import { Controller, Get, Inject, ServiceUnavailableException } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import {
  HealthCheckService,
  HealthIndicatorService,
  TypeOrmHealthIndicator,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { findDirectoryFault } from '../../config/directories.js';
import { ApiAnswer, ApiProblems } from '../openapi.js';
import { TransportError } from '../problem.js';
import { Public } from '../public.js';

const DATABASE_PATIENCE_MS = 2_000;

class HealthResponse {
  @ApiProperty({ example: 'ok' })
  status!: string;
}

@ApiTags('health')
@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: TypeOrmHealthIndicator,
    private readonly indicators: HealthIndicatorService,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Is the process up?',
    description: 'For whoever restarts it. Asks neither the database nor the disk.',
  })
  @ApiAnswer(HealthResponse, 'It is.')
  check(): HealthResponse {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({
    summary: 'Can it do its work?',
    description:
      'For load balancers and monitors: whether the database answers and the firmware store can be written.',
  })
  @ApiAnswer(HealthResponse, 'It can.')
  @ApiProblems('NOT_READY')
  async ready(): Promise<HealthResponse> {
    try {
      await this.health.check([
        () => this.database.pingCheck('database', { timeout: DATABASE_PATIENCE_MS }),
        () => this.checkStore(),
      ]);
    } catch (error) {
      throw error instanceof ServiceUnavailableException ? notReady(error) : error;
    }
    return { status: 'ok' };
  }

  private checkStore(): HealthIndicatorResult {
    const store = this.indicators.check('store');
    return findDirectoryFault('FIRMWARE_STORE', this.config.firmwareStore) === null
      ? store.up()
      : store.down();
  }
}

function notReady(error: ServiceUnavailableException): TransportError {
  const { error: down = {} } = error.getResponse() as HealthCheckResult;
  const parts = Object.keys(down).join(' and ') || 'server';
  return new TransportError('NOT_READY', `Not ready: the ${parts} cannot be used at the moment.`);
}
