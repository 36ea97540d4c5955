import type { FirmwareStore } from '../storage/firmware-store.js';

/** What a server keeps, and where. */
export interface Installation {
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly store: FirmwareStore;
}

/** The password of an embedded database belongs to its folder, which no backup holds. */
const OF_ONE_MACHINE = ['postgres'];

export const belongsToMachine = (secretName: string): boolean => OF_ONE_MACHINE.includes(secretName);
