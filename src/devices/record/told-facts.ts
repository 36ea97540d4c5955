import type { EntityManager } from 'typeorm';

/** Told when what operators say of devices has changed: `42,43` with their ids, or `*`. */
export const DEVICE_FACTS_CHANGED = 'device_facts_changed';
/** A notification has room for 8,000 bytes. */
const MOST_TOLD = 300;

/** Every server hears of it when the transaction is committed. */
export async function tellFacts(manager: EntityManager, deviceIds: readonly number[]): Promise<void> {
  if (deviceIds.length === 0) return;
  const told = deviceIds.length > MOST_TOLD ? '*' : deviceIds.join(',');
  await manager.query('SELECT pg_notify($1, $2)', [DEVICE_FACTS_CHANGED, told]);
}
