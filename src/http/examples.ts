/** Values of a real image, test/fixtures/esp-images/scales_bridge_tab5-1.0.0-esp32p4.bin, so that examples work. */
export const DEVICE_TYPE = 'scales_bridge_tab5';
export const VERSION = '1.0.0';
export const FILENAME = 'scales_bridge_tab5-1.0.0-esp32p4.bin';
export const BINARY_PATH = 'scales_bridge_tab5/v1.0.0.bin';
export const FILE_SIZE = 327920;
export const FILE_HASH = 'c6b254684f48d483dc047559cfa5fcfb4797af006c40e65a4360fe35e16674c8';
export const TIME = '2026-01-31T12:00:00.000Z';
