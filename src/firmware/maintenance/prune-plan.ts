import type { FirmwareEntity } from '../firmware.entity.js';
import { parseBinaryPath } from '../../storage/store-path.js';

export type PrunableRow = Pick<FirmwareEntity, 'id' | 'deviceType' | 'binaryPath' | 'isActive'>;

export interface PruneRequest {
  /** Inactive releases of each device type that keep their files. */
  readonly keep: number;
  /** undefined: all. */
  readonly deviceType?: string | undefined;
}

/**
 * The inactive releases whose files may go: all but the newest of each device type. A file that another release needs
 * stays, with every release that it belongs to.
 * @param rows every firmware that should have a file, newest first within a device type
 * @param isStored whether there is a file of that path in the store
 */
export function planPrune<Row extends PrunableRow>(
  rows: readonly Row[],
  isStored: (path: string) => boolean,
  { keep, deviceType }: PruneRequest,
): Row[] {
  const seen = new Map<string, number>();
  const [old, needed] = [[] as Row[], new Set<string | null>()];
  for (const row of rows) {
    const path = parseBinaryPath(row.binaryPath);
    const isOpen = !row.isActive && (deviceType === undefined || row.deviceType === deviceType);
    // A file that is lost already is none of the newest that are kept.
    if (isOpen && (path === null || !isStored(path))) continue;
    const place = isOpen ? (seen.get(row.deviceType) ?? 0) : 0;
    if (isOpen) seen.set(row.deviceType, place + 1);
    if (isOpen && place >= keep) old.push(row);
    else needed.add(path);
  }
  return old.filter(({ binaryPath }) => !needed.has(parseBinaryPath(binaryPath)));
}
