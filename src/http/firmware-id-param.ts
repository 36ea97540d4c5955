import { ApiProperty } from '@nestjs/swagger';
import { FromDigits, IsId, MAX_ID } from './wire-fields.js';

/** `{firmware_id}` in a path. */
export class FirmwareIdParam {
  @ApiProperty({ example: 1 })
  @FromDigits()
  @IsId()
  firmware_id!: number;
}

/** The same for what changes it: without an example, so that trying an operation as it stands changes nothing. */
export class ChangedFirmwareIdParam {
  @ApiProperty({ minimum: 1, maximum: MAX_ID, description: 'The id of the firmware to change.' })
  @FromDigits()
  @IsId()
  firmware_id!: number;
}
