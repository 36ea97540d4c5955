import type { Standing } from './device-access.js';

/** Devices of one type that a decision does not tell apart. */
export interface AlikeDevices {
  /** null, with the build: they have not checked yet. */
  readonly version: string | null;
  readonly build: number | null;
  readonly standing: Standing;
  readonly acceptsDowngrade: boolean;
  /** Of the anti-rollback counter, by what holds for them; null: nobody says. */
  readonly secureVersion: number | null;
  /** They have installed the firmware too often. */
  readonly isLooping: boolean;
  /** The firmware has failed on them before. */
  readonly hasFailed: boolean;
  readonly devices: number;
  /** Some of their ids. */
  readonly exampleIds: readonly number[];
}
