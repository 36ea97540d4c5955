/** What a hash of a password costs to make. */
export interface PasswordCost {
  /** KiB. */
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
}

/**
 * What OWASP's Password Storage Cheat Sheet recommends for Argon2id at least: 19 MiB and two passes, about 20 ms of one
 * core. More would let fewer logins at once keep the server busy.
 */
export const PASSWORD_COST: PasswordCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

const ENCODED = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/;

/** Whether a hash was made at a lower cost than today's, or in another way. @param hash in the text format of Argon2 */
export function isCheaperThanToday(hash: string, today: PasswordCost = PASSWORD_COST): boolean {
  const cost = ENCODED.exec(hash)?.slice(1).map(Number);
  if (!cost) return true;
  const [memory = 0, time = 0] = cost;
  // Both at least: more of the one does not make up for less of the other without a table of equal costs.
  return memory < today.memoryCost || time < today.timeCost;
}
