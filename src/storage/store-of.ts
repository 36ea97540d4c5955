import { DiskStore } from './disk-store.js';
import type { FirmwareStore } from './firmware-store.js';

/** The store that FIRMWARE_STORE names: a folder. */
export const storeOf = (setting: string): FirmwareStore => new DiskStore(setting);
