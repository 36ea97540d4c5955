import type { IncomingMessage } from 'node:http';
import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { DeviceGate } from '../devices/devices.exports.js';
import { readDeviceFacts, type GivenFacts, type ReportedFacts } from '../domain/device-facts.js';
import { DeviceRoute } from '../http/device-lane/device-route.js';
import { ApiAnswer, ApiProblems, JSON_BODY_PROBLEMS } from '../http/openapi.js';
import type { SerializedJson } from '../http/serialized-json.js';
import { Metrics } from '../metrics/metrics.js';
import { LoadMonitor } from '../overload/load-monitor.js';
import { Public } from '../http/public.js';
import { CheckRequest, CheckResponse, givenFacts, toQuestion, wireNameOf } from './dto/check.dto.js';
import { CheckResponseCache } from './check-response-cache.js';
import { OtaCheckService } from './ota-check.service.js';

@ApiTags('devices')
@Public()
@Controller('api/ota')
export class OtaCheckController {
  private readonly responses = new CheckResponseCache();

  constructor(
    private readonly gate: DeviceGate,
    private readonly checks: OtaCheckService,
    private readonly load: LoadMonitor,
    private readonly metrics: Metrics,
  ) {}

  @Post('check')
  @DeviceRoute()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Check for an update',
    description:
      'Offers the newest stable release of the device_type that is newer than what the device runs and whose ' +
      'min_current_version it meets. An offer opens an attempt in the logs. If there is no update, reason says why. ' +
      'Answered from memory, even while the database is unavailable.',
  })
  @ApiAnswer(CheckResponse, 'An update, or the reason why there is none.')
  @ApiProblems(...JSON_BODY_PROBLEMS, 'DEVICE_UNAUTHENTICATED', 'OTHER_DEVICE', 'RATE_LIMITED', 'OVERLOADED')
  async check(
    @Req() request: IncomingMessage,
    @Body() body: CheckRequest,
  ): Promise<SerializedJson<CheckResponse>> {
    const standing = await this.gate.admit(request, body.device_id);
    const given = givenFacts(body);
    const facts = given && this.read(given);
    const question = toQuestion(body, facts, () => this.gate.addressOf(request));
    const outcome = await this.checks.checkForUpdate(question, standing);
    const { decision } = outcome;
    this.metrics.checks.add(1, decision.kind === 'offer' ? 'offer' : decision.reason);
    const answer = this.responses.to(outcome);
    const retryAfter = this.load.retryAfter();
    return retryAfter === null ? answer : answer.with('retry_after', retryAfter);
  }

  /** @returns null if nothing right is said */
  private read(given: GivenFacts): ReportedFacts | null {
    const { facts, dropped } = readDeviceFacts(given);
    for (const field of dropped) this.metrics.droppedFields.add(1, wireNameOf(field));
    return Object.keys(facts).length === 0 ? null : facts;
  }
}
