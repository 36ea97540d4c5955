/** What devices usually say of themselves, in words. */
const NAMES: Readonly<Record<string, string>> = {
  chip: 'Chip',
  chip_revision: 'Chip revision',
  hw_revision: 'Hardware revision',
  idf_version: 'ESP-IDF',
  reset_reason: 'Last reset',
  secure_version: 'Secure version',
  slot_size: 'Size of a slot',
  free_heap: 'Free memory',
  rssi: 'Signal',
  time_zone: 'Time zone',
};

/** @returns the name of an attribute in words; one that is a product's own as it is, without the underscores */
export const attributeName = (key: string): string => NAMES[key] ?? capital(key.replaceAll('_', ' '));

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
