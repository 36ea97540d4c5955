import type { Measurement } from './compare.js';
import { medianOf } from './quantile.js';

/** One figure of ours as a ratio to that of a baseline in the same run; or by itself, when it has a unit. */
export interface Ratio {
  readonly of: string;
  readonly to: string;
  readonly ratio: number;
  readonly unit?: string;
  /** What it should be at least or at most; null where it is only told. */
  readonly goal: { readonly atLeast: number } | { readonly atMost: number } | null;
}

export interface ScenarioResult {
  readonly scenario: string;
  /** What was done, in a sentence. */
  readonly setting: string;
  readonly measurements: readonly Measurement[];
  readonly ratios: readonly Ratio[];
  /** Sentences with figures that are no ratios. */
  readonly notes?: readonly string[];
}

function isReached({ ratio, goal }: Ratio): boolean {
  if (goal === null) return true;
  return 'atLeast' in goal ? ratio >= goal.atLeast : ratio <= goal.atMost;
}

export function tableOf({ scenario, setting, measurements, ratios, notes = [] }: ScenarioResult): string {
  const lines = [`\n${scenario}: ${setting}`];
  if (measurements.length > 0) {
    lines.push(row('', 'req/s', 'MiB/s', 'p50 ms', 'p99 ms', 'CPU µs/req', 'RSS MiB'));
  }
  for (const m of measurements) {
    lines.push(
      row(
        m.subject,
        m.perSecond.toFixed(0),
        m.mebibytesPerSecond.toFixed(1),
        m.p50Ms.toFixed(1),
        m.p99Ms.toFixed(1),
        m.cpuMicros.toFixed(1),
        m.residentMebibytes.toFixed(0),
      ),
    );
  }
  for (const ratio of ratios) lines.push(`  ${textOf(ratio)}${verdict(ratio)}`);
  lines.push(...notes.map((note) => `  ${note}`));
  return lines.join('\n');
}

function textOf({ of, to, ratio, unit }: Ratio): string {
  return unit === undefined ? `${of} / ${to} = ${ratio.toFixed(2)}` : `${of}: ${ratio.toFixed(2)} ${unit}`;
}

function verdict(ratio: Ratio): string {
  if (ratio.goal === null) return '';
  const goal = 'atLeast' in ratio.goal ? `≥ ${ratio.goal.atLeast}` : `≤ ${ratio.goal.atMost}`;
  return `   goal ${goal}: ${isReached(ratio) ? 'reached' : 'NOT REACHED'}`;
}

function row(name: string, ...figures: string[]): string {
  return `  ${name.padEnd(34)}${figures.map((figure) => figure.padStart(11)).join('')}`;
}

/** @param figure which of the measurement's figures, ours over the baseline's */
export function ratioOf(
  ours: Measurement | undefined,
  baseline: Measurement | undefined,
  figure: 'perSecond' | 'cpuMicros' | 'p50Ms',
  goal: Ratio['goal'],
): Ratio {
  const names = { perSecond: 'throughput', cpuMicros: 'CPU per request', p50Ms: 'p50' } as const;
  return {
    of: `${names[figure]} of ${ours?.subject ?? '?'}`,
    to: baseline?.subject ?? '?',
    ratio: (ours?.[figure] ?? NaN) / (baseline?.[figure] ?? NaN),
    goal,
  };
}

/** CPU per request, ours over the baseline's, of each round: what else happens on the machine hits both of a round alike. */
export const cpuRatiosByRound = (
  ours: Measurement | undefined,
  baseline: Measurement | undefined,
): number[] =>
  (ours?.cpuMicrosByRound ?? []).map((micros, round) => micros / (baseline?.cpuMicrosByRound[round] ?? NaN));

/** The median of {@link cpuRatiosByRound}, which differs less from run to run than the ratio of two medians. */
export function cpuRatioOf(
  ours: Measurement | undefined,
  baseline: Measurement | undefined,
  goal: Ratio['goal'],
): Ratio {
  const ratio = medianOf(cpuRatiosByRound(ours, baseline));
  return { ...ratioOf(ours, baseline, 'cpuMicros', goal), ratio };
}

/** Those of ours to another build. @returns none where there is no other */
export const ratiosBeside = (ours: Measurement | undefined, other: Measurement | undefined): Ratio[] =>
  other ? [ratioOf(ours, other, 'perSecond', null), cpuRatioOf(ours, other, null)] : [];
