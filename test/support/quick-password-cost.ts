import { isCheaperThanToday as isCheaperThan, type PasswordCost } from '../../src/domain/password-cost.js';

/**
 * Stands in for the cost of production in the tests of one process, by jest.config.mjs: each app that a test starts hashes
 * two passwords and verifies one.
 */
export const PASSWORD_COST: PasswordCost = { memoryCost: 64, timeCost: 1, parallelism: 1 };

export const isCheaperThanToday = (hash: string): boolean => isCheaperThan(hash, PASSWORD_COST);
