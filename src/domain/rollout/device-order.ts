import { createHash } from 'node:crypto';

/**
 * The place of a device in the order of a rollout, from 0 to below 1. It never changes, each rollout has another one, and
 * devices cannot choose it, since they do not choose the id of a rollout. Phases by share take the devices below their
 * share, so that each phase includes the one before. PostgreSQL calculates the same:
 * `('x' || left(encode(sha256('7:42'), 'hex'), 12))::bit(48)::bigint / 2::float8 ^ 48`.
 */
export const positionOf = (rolloutId: number, deviceId: number): number =>
  createHash('sha256').update(`${rolloutId}:${deviceId}`).digest().readUIntBE(0, 6) / 2 ** 48;
