import { ApiProperty } from '@nestjs/swagger';
import { LEFT_OUT_REASONS } from '../../domain/rollout/rollout-preview.js';
import type { RolloutPreview } from '../rollout-previews.js';
import { TEXT_OR_NULL } from './wire-formats.js';

class LeftOutResponse {
  @ApiProperty({ enum: LEFT_OUT_REASONS, example: 'not_in_target' })
  reason!: string;

  @ApiProperty({ example: 12 })
  count!: number;

  @ApiProperty({ type: [Number], example: [123, 456], description: 'At most five.' })
  example_ids!: readonly number[];
}

export class RolloutPreviewResponse {
  @ApiProperty({ example: 988, description: 'Devices that would be offered the firmware in the end.' })
  matched!: number;

  @ApiProperty({
    example: 8,
    description:
      'Of those, how many at once when it begins, by its phases and windows: none while its windows are closed then.',
  })
  offered_first!: number;

  @ApiProperty({
    type: [LeftOutResponse],
    example: [{ reason: 'not_in_target', count: 12, example_ids: [123, 456] }],
    description: 'The other devices of the type, by why they are not.',
  })
  left_out!: LeftOutResponse[];

  @ApiProperty({
    ...TEXT_OR_NULL,
    example: null,
    description: 'Why nothing would be offered: a newer firmware is stable, so that no device goes back.',
  })
  blocked_because!: string | null;

  static from({ matched, offeredFirst, leftOut, blockedBecause }: RolloutPreview): RolloutPreviewResponse {
    return {
      matched,
      offered_first: offeredFirst,
      left_out: leftOut.map(({ reason, count, exampleIds }) => ({ reason, count, example_ids: exampleIds })),
      blocked_because: blockedBecause,
    };
  }
}
