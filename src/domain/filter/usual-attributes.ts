/** Attributes that need no `attr.` before them: what devices usually say of themselves, wire contract §1. */
export const USUAL_ATTRIBUTES = [
  'chip',
  'chip_revision',
  'hw_revision',
  'idf_version',
  'reset_reason',
  'secure_version',
  'slot_size',
  'free_heap',
  'rssi',
  'time_zone',
] as const;

/** In which the windows of rollouts are open for the device. */
export const TIME_ZONE = 'time_zone' satisfies (typeof USUAL_ATTRIBUTES)[number];

/** Of the image that a device runs, for its anti-rollback counter. */
export const SECURE_VERSION = 'secure_version' satisfies (typeof USUAL_ATTRIBUTES)[number];
