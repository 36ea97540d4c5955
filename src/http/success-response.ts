import { ApiProperty } from '@nestjs/swagger';

/** What is answered when there is nothing to say but that it was done. */
export class SuccessResponse {
  @ApiProperty({ example: true })
  success!: boolean;
}
