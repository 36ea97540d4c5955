import type { Rollout } from './queries/rollouts';

type Phase = Rollout['phases'][number];

/** How many devices a phase has room for, together with those before it; the server rounds shares up, too. */
export function capOf(phases: readonly Phase[], index: number, matched: number): number {
  let [most, selected] = [0, 0];
  for (const { share, count, matching } of phases.slice(0, index + 1)) {
    // 0.07 × 100 is 7.000…1.
    if (share !== undefined) most = Math.max(most, Math.ceil(share * matched - 1e-9));
    else if (count !== undefined) most = Math.max(most, count);
    else selected += matching ?? 0;
  }
  return most + selected;
}

/** @returns such as "10 % of them", "The first 50", "tag:lab" */
export function phaseName({ share, count, target }: Phase): string {
  if (share !== undefined) return `${Number((share * 100).toPrecision(6))} % of them`;
  if (count !== undefined) return `The first ${count}`;
  return target ?? '';
}

/** @returns such as "90 min", "1 h", "2 d" */
export function soakText(minutes: number): string {
  if (minutes >= 1_440 && minutes % 1_440 === 0) return `${minutes / 1_440} d`;
  if (minutes >= 60 && minutes % 60 === 0) return `${minutes / 60} h`;
  return `${minutes} min`;
}
