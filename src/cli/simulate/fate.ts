import type { Random } from './random.js';

/** What share of devices or attempts something happens to, each from 0 to 1. */
export interface Shares {
  /** Of attempts that fail. */
  readonly failureRate: number;
  /** Of devices behind a slow network. */
  readonly slow: number;
  /** Of devices that install what they are offered but never report. */
  readonly noReport: number;
}

/** What a device is like for as long as it lives. */
export interface Traits {
  readonly isSlow: boolean;
  readonly reports: boolean;
}

/** How an attempt is to fail. */
export interface Failure {
  readonly stage: 'download' | 'verify' | 'boot';
  /** For a download: after which part of the file the connection is lost, 0..1. */
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
