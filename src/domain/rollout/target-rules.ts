import type { ResolvedFilter } from '../filter/filter.js';

/** What a filter asks that no target may: it is asked again and again, and the answer must not change by itself. */
export const isMoving = (filter: ResolvedFilter): boolean => {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return filter.of.some(isMoving);
    case 'not':
      return isMoving(filter.of);
    case 'seen':
      return true;
    case 'text':
      return filter.field === 'status';
    default:
      return false;
  }
};

/** The types that every device must have that a filter finds. */
function typesOf(filter: ResolvedFilter): readonly string[] {
  if (filter.kind === 'all') return filter.of.flatMap(typesOf);
  return filter.kind === 'text' && filter.field === 'type' ? [filter.value] : [];
}

/** What is wrong with the target of a rollout, as one sentence; null when it is right. */
export function faultOfTarget(filter: ResolvedFilter, deviceType: string): string | null {
  if (isMoving(filter))
    return 'A target cannot have status: or seen:, which change by themselves, not even in a group that it names.';
  const other = typesOf(filter).find((type) => type !== deviceType);
  if (other === undefined) return null;
  return `The firmware is for ${deviceType}, so that the target finds no device with type:${other}.`;
}
