import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../api/api-client.js';
import type { OtaLog } from '../api/wire/logs.js';
import type { Comparison, Ledger } from './ledger.js';

/** Check-ins are written shortly after the response: this is how long to wait for the last ones. */
const PATIENCE_MS = 10_000;
const PAUSE_MS = 500;
const PAGE = 1000;

/** The id range of the simulated devices. */
interface Ids {
  readonly firstId: number;
  readonly devices: number;
}

/** @returns 0 if there are no rows */
export async function newestLogId(admin: ApiClient): Promise<number> {
  return (await readPage(admin, 0, 1))[0]?.id ?? 0;
}

/** Compares the ledger with the rows of these devices after `newestBefore`, until they match or the time is up. */
export async function compareLogs(
  admin: ApiClient,
  ledger: Ledger,
  ids: Ids,
  newestBefore: number,
): Promise<Comparison> {
  const giveUp = performance.now() + PATIENCE_MS;
  for (;;) {
    const comparison = ledger.compare(await readRows(admin, ids, newestBefore));
    if (comparison.differ.length === 0 || performance.now() > giveUp) return comparison;
    await sleep(PAUSE_MS);
  }
}

async function readRows(
  admin: ApiClient,
  { firstId, devices }: Ids,
  newestBefore: number,
): Promise<OtaLog[]> {
  // Keyed by id, because new rows move others to the next page while the pages are read.
  const rows = new Map<number, OtaLog>();
  for (let skip = 0; ; skip += PAGE) {
    const page = await readPage(admin, skip, PAGE);
    for (const row of page) rows.set(row.id, row);
    if (page.length < PAGE || page.some(({ id }) => id <= newestBefore)) break;
  }
  return [...rows.values()].filter(
    ({ id, device_id }) => id > newestBefore && device_id >= firstId && device_id < firstId + devices,
  );
}

async function readPage(admin: ApiClient, skip: number, limit: number): Promise<OtaLog[]> {
  return (await admin.send<OtaLog[]>('GET', '/api/ota/admin/logs', { query: { skip, limit } })).body;
}
