import { ApiProperty } from '@nestjs/swagger';
import { FromDeviceId, IsId, MAX_ID } from './wire-fields.js';

/** `{device_id}` in a path. */
export class DeviceIdParam {
  @ApiProperty({
    type: Number,
    minimum: 1,
    maximum: MAX_ID,
    description: 'The id of the device, or its MAC address.',
  })
  @FromDeviceId()
  @IsId()
  device_id!: number;
}
