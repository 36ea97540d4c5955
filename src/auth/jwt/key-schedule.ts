/** For this long tokens are signed with a key. */
const PERIOD_MS = 30 * 24 * 3600 * 1000;
/** A key is made this long before it signs, so that every server has read it by then. */
const LEAD_MS = 3600 * 1000;

/** A key among others, the older ones first. */
export interface ScheduledKey {
  readonly keyId: string;
  readonly createdAt: Date;
  /** When another one began to sign; null: none has. */
  readonly retiredAt: Date | null;
}

/** Whether a new key is to be made. */
export function isKeyDue(keys: readonly ScheduledKey[], now: Date): boolean {
  const newest = keys.at(-1);
  return !newest || newest.createdAt.getTime() + PERIOD_MS <= now.getTime();
}

/** The key to sign with: the newest one that every server knows. The very first one signs at once. */
export function signingKey<K extends ScheduledKey>(keys: readonly K[], now: Date): K | null {
  const known = keys.findLast(({ createdAt }) => createdAt.getTime() + LEAD_MS <= now.getTime());
  return known ?? keys[0] ?? null;
}

/** Keys that another one has just taken over from. */
export function keysToRetire<K extends ScheduledKey>(keys: readonly K[], now: Date): K[] {
  const signing = signingKey(keys, now);
  return signing ? keys.slice(0, keys.indexOf(signing)).filter(({ retiredAt }) => retiredAt === null) : [];
}

/**
 * Keys whose tokens have all expired. A server may sign with a key for a while after it was retired.
 * @param ttlSeconds lifetime of a token
 */
export function keysToRemove<K extends ScheduledKey>(keys: readonly K[], now: Date, ttlSeconds: number): K[] {
  const before = now.getTime() - ttlSeconds * 1000 - LEAD_MS;
  return keys.filter(({ retiredAt }) => retiredAt !== null && retiredAt.getTime() < before);
}
