import type { Random } from './random.js';

/** The share of devices or attempts that each event happens to, from 0 to 1. */
export interface Shares {
  /** Share of attempts that fail. */
  readonly failureRate: number;
  /** Share of devices on a slow network. */
  readonly slow: number;
  /** Share of devices that install updates but never report. */
  readonly noReport: number;
  /** Share of devices that a new image leaves dead, without a word. */
  readonly brick: number;
  /** Share of devices that do not keep a new image. */
  readonly rollBack: number;
}

/** An attribute of devices: the value of each is drawn from these. */
export interface DrawnAttribute {
  readonly key: string;
  readonly values: readonly string[];
}

/** On which devices a new image is bad; a device must meet all of it. */
export interface BadLuck {
  /** Only those with this value of an attribute. */
  readonly only: { readonly key: string; readonly value: string } | null;
  /** Only those that come to install after so many others. */
  readonly afterInstalls: number;
  /** Time after which a dead device runs its old image again; null: never. */
  readonly returnAfterMs: number | null;
}

/** A time without power at one site. */
export interface PowerCut {
  readonly beginMs: number;
  readonly endMs: number;
  /** Where it is: a share of the devices, drawn by their ids, or those with this value of an attribute. */
  readonly where: number | { readonly key: string; readonly value: string };
}

/** The permanent traits of a device. */
export interface Traits {
  readonly isSlow: boolean;
  readonly reports: boolean;
  /** What becomes of it with a new image, where the image is bad for it. */
  readonly badEnd: 'brick' | 'roll_back' | null;
  /** Whether it stands at the site whose power is cut. */
  readonly losesPower: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The way in which an attempt will fail. */
export interface Failure {
  readonly stage: 'download' | 'verify' | 'boot';
  /** For a download: the share of the file after which the connection is lost, 0..1. */
  readonly after: number;
}

const STAGES = ['download', 'verify', 'boot'] as const;

export function drawTraits(
  random: Random,
  { slow, noReport, brick, rollBack }: Shares,
  powerCut: PowerCut | null = null,
  attributes: readonly DrawnAttribute[] = [],
): Traits {
  const [isSlow, reports, end] = [random() < slow, random() >= noReport, random()];
  const badEnd = end < brick ? 'brick' : end < brick + rollBack ? 'roll_back' : null;
  const isDrawn = random();
  const drawn = attributes.map(
    ({ key, values }) => [key, values[Math.floor(random() * values.length)] ?? ''] as const,
  );
  const own = Object.fromEntries(drawn);
  const where = powerCut?.where ?? 0;
  const losesPower = typeof where === 'number' ? isDrawn < where : own[where.key] === where.value;
  return { isSlow, reports, badEnd, losesPower, attributes: own };
}

/** Whether a new image is bad for a device. @param installs of the fleet before this one */
export function isUnlucky(
  { attributes }: Traits,
  { only, afterInstalls }: BadLuck,
  installs: number,
): boolean {
  return installs >= afterInstalls && (only === null || attributes[only.key] === only.value);
}

/** @returns null for an attempt that will succeed */
export function drawFailure(random: Random, { failureRate }: Pick<Shares, 'failureRate'>): Failure | null {
  const [fails, stage, after] = [random() < failureRate, random(), random()];
  return fails ? { stage: STAGES[Math.floor(stage * STAGES.length)] ?? 'boot', after } : null;
}
