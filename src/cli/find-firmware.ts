import type { ApiClient } from './api/api-client.js';
import type { Firmware, FirmwareDetail } from './api/wire/firmware.js';
import { readList } from './read-list.js';

export const firmwarePath = (id: number): string => `/api/ota/admin/firmware/${id}`;

export const getFirmware = async (admin: ApiClient, id: number): Promise<FirmwareDetail> =>
  (await admin.send<FirmwareDetail>('GET', firmwarePath(id))).body;

/** All firmware of one device type, or of all, in the server's order: the newest version first within a type. */
export const listAllFirmware = async (admin: ApiClient, deviceType?: string): Promise<Firmware[]> =>
  (await readList<Firmware>(admin, '/api/ota/admin/firmware', { device_type: deviceType }, { all: true }))
    .body;

/** At most this many firmware are looked up per page; the others are shown by id. */
const MOST = 50;

/** Looks up and caches firmware by id. */
export class FirmwareNames {
  readonly known = new Map<number, Firmware>();
  private readonly asked = new Set<number>();

  constructor(private readonly admin: ApiClient) {}

  /** Looks up the ids that are not known yet. A failed lookup is ignored, because names are only a convenience. */
  async learn(ids: Iterable<number>): Promise<void> {
    const unknown = [...new Set(ids)].filter((id) => !this.asked.has(id)).slice(0, MOST);
    await Promise.all(
      unknown.map(async (id) => {
        this.asked.add(id);
        const firmware = await getFirmware(this.admin, id).catch(() => undefined);
        if (firmware) this.known.set(id, firmware);
      }),
    );
  }
}
