import { ApiProperty } from '@nestjs/swagger';
import type { StateCounts } from '../rollout-view.js';

/** How many devices of a rollout, or of a part of it, are in each state. */
export class CountsResponse {
  @ApiProperty({ example: 37, description: 'Devices that were offered the firmware.' })
  offered!: number;

  @ApiProperty({ example: 2, description: 'Of which nothing else is known yet.' })
  pending!: number;

  @ApiProperty({ example: 33, description: 'That run the firmware.' })
  confirmed!: number;

  @ApiProperty({ example: 2, description: 'That rolled back, or could not take the firmware.' })
  failed!: number;

  @ApiProperty({ example: 0, description: 'That began to install and did not come back.' })
  silent!: number;

  @ApiProperty({ example: 0, description: 'That never began to install, and do not count.' })
  released!: number;

  @ApiProperty({ example: 0, description: 'Whose failure an operator has explained.' })
  excused!: number;
}

/** In the order of the document. */
export const countsOf = (counts: StateCounts): StateCounts => ({
  offered: counts.offered,
  pending: counts.pending,
  confirmed: counts.confirmed,
  failed: counts.failed,
  silent: counts.silent,
  released: counts.released,
  excused: counts.excused,
});
