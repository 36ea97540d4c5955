import { ApiProperty } from '@nestjs/swagger';
import type { ShownPart } from '../rollout-view.js';
import { CountsResponse, countsOf } from './counts.response.js';

export class RolloutPartResponse extends CountsResponse {
  @ApiProperty({
    enum: ['hw_revision', 'chip_revision', 'previous_version', 'block'],
    example: 'chip_revision',
  })
  dimension!: string;

  @ApiProperty({ example: 'C3-v0.4' })
  value!: string;

  @ApiProperty({ example: 'revision C3-v0.4', description: 'For people.' })
  name!: string;

  @ApiProperty({ example: 4, description: 'Failures that count: silent devices of one site count once.' })
  counted_failures!: number;

  @ApiProperty({
    example: 4,
    description: 'At how many the rollout stops, with the devices that it has now.',
  })
  limit!: number;

  static of(part: ShownPart): RolloutPartResponse {
    const { dimension, value, name, counts, k, limit } = part;
    return { dimension, value, name, ...countsOf(counts), counted_failures: k, limit };
  }
}
