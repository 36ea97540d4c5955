import { ApiProperty } from '@nestjs/swagger';
import { DEVICE_STATUSES, type DeviceStatus } from '../../domain/device-status.js';
import { STEP_CODES, type Step, type StepCode, type StepSubject } from '../../domain/explanation.js';
import { NO_UPDATE_REASONS, type NoUpdateReason } from '../../domain/update-decision.js';
import * as example from '../../http/examples.js';
import type { Explanation } from '../explain/explanation.service.js';

const VERDICTS = ['update_available', ...NO_UPDATE_REASONS, 'never_checked'] as const;
type Verdict = 'update_available' | NoUpdateReason | 'never_checked';

class StepResponse {
  @ApiProperty({ enum: STEP_CODES, example: 'floor_met' })
  code!: StepCode;

  @ApiProperty({
    type: Boolean,
    nullable: true,
    example: false,
    description: 'false: this is the reason. null: a warning, or nothing that matters.',
  })
  ok!: boolean | null;

  @ApiProperty({ example: 'It is below the floor' })
  title!: string;

  @ApiProperty({ example: '2.0.0 build 1 asks for 1.5.0 or newer.' })
  detail!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: '/api/ota/admin/firmware?device_type=scales_bridge',
    description: 'Where the API tells more.',
  })
  link!: string | null;
}

export class ExplanationResponse {
  @ApiProperty({ example: 123 })
  device_id!: number;

  @ApiProperty({
    enum: VERDICTS,
    example: 'below_min_current_version',
    description: 'What a check of the device would be answered now: update_available or the reason.',
  })
  verdict!: Verdict;

  @ApiProperty({ enum: DEVICE_STATUSES, example: 'waiting' })
  status!: DeviceStatus;

  @ApiProperty({
    type: [StepResponse],
    example: [],
    description: 'What was looked at, in this order, up to the reason; then warnings.',
  })
  steps!: StepResponse[];

  @ApiProperty({
    type: Date,
    format: 'date-time',
    nullable: true,
    example: example.TIME,
    description:
      'By its own check interval, or the one that its checks have shown. In the past: it is overdue.',
  })
  next_check_expected_at!: Date | null;

  static from(explanation: Explanation): ExplanationResponse {
    return {
      device_id: explanation.deviceId,
      verdict: verdictOf(explanation),
      status: explanation.status,
      steps: explanation.steps.map((step) => stepOf(step, explanation)),
      next_check_expected_at: explanation.nextCheckExpectedAt,
    };
  }
}

function verdictOf({ answer }: Explanation): Verdict {
  if (!answer) return 'never_checked';
  return answer.kind === 'offer' ? 'update_available' : answer.reason;
}

function stepOf({ code, ok, title, detail, subject }: Step, explanation: Explanation): StepResponse {
  return { code, ok, title, detail, link: linkTo(subject, explanation) };
}

function linkTo(subject: StepSubject, { deviceId, deviceType }: Explanation): string | null {
  if (typeof subject === 'object' && subject) return `/api/ota/admin/rollouts/${subject.rollout}`;
  switch (subject) {
    case 'device':
      return `/api/ota/admin/devices/${deviceId}`;
    case 'attempts':
      return `/api/ota/admin/logs?device_id=${deviceId}`;
    case 'firmware':
      return deviceType === null ? null : `/api/ota/admin/firmware?device_type=${deviceType}`;
    case 'rollouts':
      return '/api/ota/admin/rollouts';
    case null:
      return null;
  }
}
