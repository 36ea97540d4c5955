import { ApiProperty } from '@nestjs/swagger';
import { TIME } from '../../http/examples.js';

export class DownloadCountResponse {
  @ApiProperty({ example: 1 })
  firmware_id!: number;

  @ApiProperty({ example: 25, description: 'Number of downloads that started at the first byte.' })
  downloads!: number;

  @ApiProperty({ type: Date, format: 'date-time', nullable: true, example: TIME })
  last_download_at!: Date | null;
}
