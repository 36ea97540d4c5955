import { ApiProperty } from '@nestjs/swagger';
import { FromDigits, IsId } from './wire-fields.js';

/** `{firmware_id}` in a path. */
export class FirmwareIdParam {
  @ApiProperty({ example: 1 })
  @FromDigits()
  @IsId()
  firmware_id!: number;
}
