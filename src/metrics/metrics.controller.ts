import { createHash, timingSafeEqual } from 'node:crypto';
import { Controller, Get, Header, Headers, Inject } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { ApiProblems } from '../http/openapi.js';
import { TransportError } from '../http/problem.js';
import { Public } from '../http/public.js';
import { MetricsCollector } from './metrics-collector.js';

@ApiTags('health')
@Public()
@Controller('metrics')
export class MetricsController {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly collector: MetricsCollector,
  ) {}

  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({
    summary: 'Get metrics for Prometheus',
    description: 'Returns the metrics of all workers. If METRICS_TOKEN is set, send it as a bearer token.',
  })
  @ApiResponse({
    status: 200,
    description: 'The metrics in the Prometheus text format.',
    content: { 'text/plain': { schema: { type: 'string' } } },
  })
  @ApiProblems('UNAUTHENTICATED', 'NOT_FOUND')
  read(@Headers('authorization') authorization: string | undefined): Promise<string> {
    const { enabled, token } = this.config.metrics;
    if (!enabled) throw new TransportError('NOT_FOUND', 'This server shows no metrics: METRICS is off.');
    if (token !== null && !isSame(authorization ?? '', `Bearer ${token}`)) {
      throw new TransportError('UNAUTHENTICATED', 'Send METRICS_TOKEN as "Authorization: Bearer <token>".');
    }
    return this.collector.text();
  }
}

/** Compares in constant time. */
function isSame(given: string, expected: string): boolean {
  const [a, b] = [given, expected].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
