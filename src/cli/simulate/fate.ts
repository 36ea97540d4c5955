import type { Random } from './random.js';

/** The share of devices or attempts that each event happens to, from 0 to 1. */
export interface Shares {
  /** Share of attempts that fail. */
  readonly failureRate: number;
  /** Share of devices on a slow network. */
  readonly slow: number;
  /** Share of devices that install updates but never report. */
  readonly noReport: number;
}

/** The permanent traits of a device. */
export interface Traits {
  readonly isSlow: boolean;
  readonly reports: boolean;
}

/** How an attempt is to fail. */
export interface Failure {
  readonly stage: 'download' | 'verify' | 'boot';
  /** For a download: the share of the file after which the connection is lost, 0..1. */
  readonly after: number;
}

const STAGES = ['download', 'verify', 'boot'] as const;

export function drawTraits(random: Random, { slow, noReport }: Shares): Traits {
  return { isSlow: random() < slow, reports: random() >= noReport };
}

/** @returns null for an attempt that is to succeed */
export function drawFailure(random: Random, { failureRate }: Shares): Failure | null {
  const [fails, stage, after] = [random() < failureRate, random(), random()];
  return fails ? { stage: STAGES[Math.floor(stage * STAGES.length)] ?? 'boot', after } : null;
}
