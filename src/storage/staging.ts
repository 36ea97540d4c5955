import type { StagedFile } from './firmware-store.js';

/** Where uploads are kept until they are published; local, whatever keeps the published files. */
export interface Staging {
  /** @see FirmwareStore.stage */
  stage(bytes: AsyncIterable<Buffer>): Promise<StagedFile>;
  /** @see FirmwareStore.readStaged */
  readStaged(staged: Pick<StagedFile, 'token'>, length: number): AsyncIterable<Buffer>;
  /** @see FirmwareStore.discard */
  discard(staged: Pick<StagedFile, 'token'>): Promise<void>;
  /** @see FirmwareStore.findLeftovers */
  findLeftovers(): Promise<string[]>;
  /** @see FirmwareStore.clearLeftovers */
  clearLeftovers(): Promise<void>;
  /**
   * @param name of the setting to blame
   * @returns a sentence about what is wrong with the folder, or null
   */
  findSettingError(name: string): string | null;
}
