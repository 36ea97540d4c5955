import { hash, verify } from '@node-rs/argon2';
import { PASSWORD_COST } from '../domain/password-cost.js';

/** Hashes a password with Argon2id at today's cost. */
export const hashPassword = (password: string): Promise<string> => hash(password, PASSWORD_COST);

/** @param passwordHash of any cost; a text that is no hash fits no password */
export async function isRightPassword(passwordHash: string, password: string): Promise<boolean> {
  try {
    return await verify(passwordHash, password);
  } catch {
    return false;
  }
}
