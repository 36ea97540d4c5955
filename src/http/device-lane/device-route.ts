import { SetMetadata, type CustomDecorator } from '@nestjs/common';

export const DEVICE_ROUTE = 'device-route';

/** Devices call this all day: {@link DeviceLane} may answer it without Express. For public methods only. */
export const DeviceRoute = (): CustomDecorator => SetMetadata(DEVICE_ROUTE, true);
