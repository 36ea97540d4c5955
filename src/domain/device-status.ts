/** What is said of a device at a glance. Wire names. */
export const DEVICE_STATUSES = [
  'up_to_date',
  'updating',
  'waiting',
  'silent',
  'failed',
  'rolled_back',
  'blocked',
  'pending',
  'unknown',
] as const;
export type DeviceStatus = (typeof DEVICE_STATUSES)[number];
