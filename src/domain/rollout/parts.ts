import { lnThreshold, logE } from './evidence.js';
import { firstCodePoints, storableText } from '../storable-text.js';
import { windowOf, type RolloutConstants } from './admission.js';

/**
 * By what a rollout is looked at: as a whole, by groups of devices that have something in common, and by blocks of offers
 * in their order, which show what begins late. Names as they are stored.
 */
export const GROUP_DIMENSIONS = ['hw_revision', 'chip_revision', 'previous_version'] as const;
export type GroupDimension = (typeof GROUP_DIMENSIONS)[number];
export type Dimension = 'all' | GroupDimension | 'block';

export interface PartKey {
  readonly dimension: Dimension;
  readonly value: string;
}

/** A part of a rollout with what is known of its devices. */
export interface Part extends PartKey {
  /** From 1. Of a group: the order of its first offer among all groups. Of a block: its number. */
  readonly rank: number;
  /** Devices offered, less those released. */
  readonly n: number;
  /** Failures that count, at most n. */
  readonly k: number;
}

/** Offers in a block. */
export const BLOCK_SIZE = 1_000;
/** Smaller rollouts are only looked at as a whole: their groups are too small to say anything. */
export const DIVIDED_FROM = 100;
/** What a device says of itself makes groups, so there is an end to them; the last has a weight of 1 in 40,400. */
export const MAX_GROUPS = 100;

/** Of the columns that groups are kept in: a chip and its revision may be twice as long. */
const MAX_GROUP_CHARACTERS = 64;

export const WHOLE: PartKey = { dimension: 'all', value: '' };

/** @param seq the number of an offer, from 1 */
export const blockOf = (seq: number): number => Math.ceil(seq / BLOCK_SIZE);

/** What of a device puts it into groups. */
export interface GroupFacts {
  readonly hwRevision: string | null;
  readonly chip: string | null;
  readonly chipRevision: string | null;
  readonly previousVersion: string | null;
}

/** A revision means something only together with its chip: ESP32-C3 0.4 is `C3-v0.4`. */
export function groupsOf({ hwRevision, chip, chipRevision, previousVersion }: GroupFacts): PartKey[] {
  const family = chip?.replace(/^esp32-?(?=.)/i, '');
  const revision = chipRevision?.replace(/^v/i, '');
  const groups: readonly (readonly [GroupDimension, string | null])[] = [
    ['hw_revision', hwRevision],
    ['chip_revision', family && revision ? `${family}-v${revision}` : null],
    ['previous_version', previousVersion],
  ];
  return groups.flatMap(([dimension, value]) => (value === null ? [] : [{ dimension, value: kept(value) }]));
}

/** Whatever a device says of itself, it can be written down. */
const kept = (value: string): string => firstCodePoints(storableText(value), MAX_GROUP_CHARACTERS);

/** The share of alpha that a part has. The shares of all parts add up to 1 at most, however many there are. */
export function weightOf({ dimension, rank }: Pick<Part, 'dimension' | 'rank'>, targetSize: number): number {
  const isDivided = targetSize >= DIVIDED_FROM;
  if (dimension === 'all') return isDivided ? 1 / 2 : 1;
  return isDivided ? 1 / (4 * rank * (rank + 1)) : 0;
}

/** Why a rollout halts: the part of it that has the most evidence against it. */
export interface Halt {
  readonly part: PartKey;
  readonly n: number;
  readonly k: number;
  /** ln of the weighted evidence of this part. */
  readonly xLog: number;
}

export interface Evaluation {
  /** ln of the highest weighted evidence. */
  readonly xLog: number;
  /** Devices that may be pending at once. */
  readonly window: number;
  readonly halt: Halt | null;
}

/**
 * What the counters say. Between two evaluations n only rises, so the last xLog is never too low.
 * @param parts the whole and all groups and blocks
 */
export function evaluate(constants: RolloutConstants, confirmed: number, parts: readonly Part[]): Evaluation {
  const { targetSize, maxFailureRate, falseAlarmRate } = constants;
  let worst: Part | null = null;
  let xLog = -Infinity;
  for (const part of parts) {
    const weight = weightOf(part, targetSize);
    if (weight === 0) continue;
    const evidence = logE(part.n, part.k, maxFailureRate) + Math.log(weight);
    if (evidence <= xLog) continue;
    worst = part;
    xLog = evidence;
  }
  const isHalted = worst !== null && xLog >= lnThreshold(falseAlarmRate);
  return {
    xLog,
    window: windowOf(constants, confirmed, xLog),
    halt: isHalted && worst ? { part: keyOf(worst), n: worst.n, k: worst.k, xLog } : null,
  };
}

const keyOf = ({ dimension, value }: PartKey): PartKey => ({ dimension, value });
