import { countedOf, pendingOf, type Counters } from './admission.js';
import { limit } from './evidence.js';
import {
  BLOCK_SIZE,
  weightOf,
  WHOLE,
  type GroupDimension,
  type Halt,
  type Part,
  type PartKey,
} from './parts.js';

const DIMENSION_NAMES: Readonly<Record<GroupDimension, string>> = {
  hw_revision: 'hardware revision',
  chip_revision: 'revision',
  previous_version: 'previous version',
};

/** A part of a rollout for people: `revision C3-v0.4`, `offers 1001 to 2000`; empty for the whole. */
export function nameOfPart({ dimension, value }: PartKey): string {
  if (dimension === 'all') return '';
  if (dimension !== 'block') return `${DIMENSION_NAMES[dimension]} ${value}`;
  const last = Number(value) * BLOCK_SIZE;
  return `offers ${last - BLOCK_SIZE + 1} to ${last}`;
}

/** `stopped: revision C3-v0.4, 4 of 6 failed` */
export function haltedBecause({ part, n, k }: Halt): string {
  const name = nameOfPart(part);
  return `stopped: ${name === '' ? '' : `${name}, `}${k} of ${n} failed`;
}

/** How many of the devices are in each state. */
export interface StatusCounts extends Counters {
  /** Of those that are bad. */
  readonly silent: number;
}

/** The settings that the limit depends on. */
export interface LimitSettings {
  readonly targetSize: number;
  readonly maxFailureRate: number;
  readonly falseAlarmRate: number;
}

/** At how many failures a part of the rollout halts, with the devices that it has now. */
export const limitOf = (
  part: Pick<Part, 'dimension' | 'rank' | 'n'>,
  { targetSize, maxFailureRate, falseAlarmRate }: LimitSettings,
): number => limit(part.n, weightOf(part, targetSize), maxFailureRate, falseAlarmRate);

/** `37 offered, 33 confirmed, 2 failed, 2 waiting. The rollout stops at 6.` What is rare is told when there is some. */
export function statusLine(counts: StatusCounts, settings: LimitSettings): string {
  const { offered, confirmed, bad, silent, released, excused } = counts;
  const rare = [
    [silent, 'silent'],
    [released, 'not begun'],
    [excused, 'excused'],
  ] as const;
  const told = [
    `${offered} offered`,
    `${confirmed} confirmed`,
    `${bad - silent} failed`,
    ...rare.flatMap(([count, name]) => (count > 0 ? [`${count} ${name}`] : [])),
    `${pendingOf(counts)} waiting`,
  ];
  const stopsAt = limitOf({ ...WHOLE, rank: 1, n: countedOf(counts) }, settings);
  return `${told.join(', ')}. The rollout stops at ${stopsAt}.`;
}

const MOST_TOLD = 1_000_000;

/**
 * `evidence 12 : 1`: fewer than 1 in 12 good rollouts ever look this bad. Rounded down, and never below 1.
 * @param xLog of an evaluation
 */
export function evidenceText(xLog: number): string {
  const evidence = Math.floor(Math.exp(xLog));
  return evidence > MOST_TOLD ? `evidence over ${MOST_TOLD} : 1` : `evidence ${Math.max(1, evidence)} : 1`;
}
