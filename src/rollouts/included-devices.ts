import type { FilterReader, Included } from '../devices/devices.exports.js';
import type { Phase } from '../domain/rollout/phases.js';

/** Which devices the phases of a rollout include, up to the one that holds: as `isIncluded` says, for the database. */
export async function includedIn(
  filters: FilterReader,
  rolloutId: number,
  phases: readonly Phase[],
  phaseIndex: number,
): Promise<Included> {
  if (phaseIndex >= phases.length) return { kind: 'all' };
  const held = phases.slice(0, phaseIndex + 1);
  if (held.some(({ kind }) => kind === 'count')) return { kind: 'all' };
  const share = Math.max(0, ...held.flatMap((phase) => (phase.kind === 'share' ? [phase.share] : [])));
  const targets = held.flatMap((phase) => (phase.kind === 'target' ? [phase.target] : []));
  const read = [];
  for (const text of targets) read.push(await filters.readKept(text));
  return { kind: 'some', rolloutId, share, filters: read };
}
