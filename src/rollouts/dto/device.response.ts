import { ApiProperty } from '@nestjs/swagger';
import { DEVICE_STATES, type DeviceState } from '../../domain/rollout/device-events.js';
import type { OfferedDevice } from '../record/rollout-device.repository.js';
import { dateOf, TEXT_OR_NULL, TIME, TIME_OR_NULL } from './wire-formats.js';

export class RolloutDeviceResponse {
  @ApiProperty({ example: 123 })
  device_id!: number;

  @ApiProperty({ example: 1, description: 'The number of its offer.' })
  seq!: number;

  @ApiProperty({ enum: DEVICE_STATES, example: 'failed' })
  state!: DeviceState;

  @ApiProperty({
    ...TEXT_OR_NULL,
    example: '1.0.0',
    description: 'What it ran when it was offered the firmware.',
  })
  previous_version!: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, example: 'B' })
  hw_revision!: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, example: 'C3-v0.4' })
  chip_revision!: string | null;

  @ApiProperty({
    ...TEXT_OR_NULL,
    example: 'tag:site-munich',
    description: 'Silent devices of one site count once.',
  })
  site!: string | null;

  @ApiProperty({ example: 0, description: 'Attempts that failed before it began to install.' })
  attempts!: number;

  @ApiProperty({ ...TEXT_OR_NULL, example: 'rolled back' })
  error_message!: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, example: null, description: 'Why an operator excused it.' })
  excuse!: string | null;

  @ApiProperty(TIME)
  offered_at!: Date;

  @ApiProperty(TIME_OR_NULL)
  installing_at!: Date | null;

  @ApiProperty(TIME)
  changed_at!: Date;

  static from(device: OfferedDevice): RolloutDeviceResponse {
    const valueOf = (name: string): string | null =>
      device.groups.find(({ dimension }) => dimension === name)?.value ?? null;
    return {
      device_id: device.deviceId,
      seq: device.seq,
      state: device.state,
      previous_version: device.previousVersion,
      hw_revision: valueOf('hw_revision'),
      chip_revision: valueOf('chip_revision'),
      site: device.site,
      attempts: device.attempts,
      error_message: device.errorMessage,
      excuse: device.excuse,
      offered_at: dateOf(device.offeredAt),
      installing_at: device.installingAt === null ? null : dateOf(device.installingAt),
      changed_at: dateOf(device.changedAt),
    };
  }
}
