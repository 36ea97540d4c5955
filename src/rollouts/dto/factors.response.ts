import { ApiProperty } from '@nestjs/swagger';
import type { RolloutFactors } from '../rollout-factors.js';

class FactorResponse {
  @ApiProperty({ example: 'hw_revision', description: 'previous_version, tag, or the key of an attribute.' })
  dimension!: string;

  @ApiProperty({ example: 'B' })
  value!: string;

  @ApiProperty({ example: 4, description: 'Devices with it that failed or are silent.' })
  failed!: number;

  @ApiProperty({ example: 6, description: 'Devices with it that were offered the firmware.' })
  offered!: number;
}

export class RolloutFactorsResponse {
  @ApiProperty({
    example: 37,
    description: 'Devices that were compared: the 20,000 that were offered it last.',
  })
  offered!: number;

  @ApiProperty({ example: 4 })
  failed!: number;

  @ApiProperty({
    type: [FactorResponse],
    example: [{ dimension: 'hw_revision', value: 'B', failed: 4, offered: 6 }],
    description: 'The guiltiest 50 first.',
  })
  factors!: readonly FactorResponse[];

  static from({ offered, failed, factors }: RolloutFactors): RolloutFactorsResponse {
    return {
      offered,
      failed,
      factors: factors.map((factor) => ({
        dimension: factor.dimension,
        value: factor.value,
        failed: factor.failed,
        offered: factor.offered,
      })),
    };
  }
}
