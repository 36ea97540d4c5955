import { ApiProperty } from '@nestjs/swagger';
import { FromDigits, IsId, MAX_ID } from './wire-fields.js';

/** `{device_id}` in a path of what only looks. */
export class DeviceIdParam {
  @ApiProperty({ example: 123, minimum: 1, maximum: MAX_ID })
  @FromDigits()
  @IsId()
  device_id!: number;
}
