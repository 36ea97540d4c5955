import argon2 from '@node-rs/argon2/index.js';

/** The least that Argon2 allows. The cost is a part of the hash, so verifying takes no longer. */
const COST = { memoryCost: 8, timeCost: 1, parallelism: 1 };

/** Argon2 as it is, only quicker: each app that a test starts hashes two passwords and verifies one. */
export const hash = (password) => argon2.hash(password, COST);
export const verify = argon2.verify;
