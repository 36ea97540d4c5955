import { logE } from './evidence.js';
import { limitOf, type LimitSettings } from './halted-because.js';
import { weightOf, WHOLE } from './parts.js';
import { siteSilenceOf, type PossibleFailure } from './sites.js';

/** A device that is not simply well: one that failed, is silent, or does not count. */
export interface Unwell extends PossibleFailure {
  readonly seq: number;
}

/** The whole rollout, as far as it had come with some offer, by what is known of those devices now. */
export interface EvidencePoint {
  /** Offers until then. */
  readonly offered: number;
  /** Of those the ones that count, n. */
  readonly counted: number;
  /** Failures that count, k. */
  readonly failed: number;
  /** At how many it would have halted. */
  readonly limit: number;
  /** ln of the weighted evidence. */
  readonly xLog: number;
}

/**
 * How the evidence has come about, for a chart: at offers that are equally far apart, and at the last one.
 * @param unwell in the order of their offers
 * @param points at most so many
 */
export function evidenceSeries(
  unwell: readonly Unwell[],
  offered: number,
  points: number,
  settings: LimitSettings,
): EvidencePoint[] {
  const whole = { ...WHOLE, rank: 1 };
  const weight = Math.log(weightOf(whole, settings.targetSize));
  const series: EvidencePoint[] = [];
  const silences = new Set<string>();
  let [next, released, failures] = [0, 0, 0];
  for (let nth = 1; nth <= points; nth++) {
    const seq = Math.round((offered * nth) / points);
    if (seq === (series.at(-1)?.offered ?? 0)) continue;
    for (let device = unwell[next]; device !== undefined && device.seq <= seq; device = unwell[++next]) {
      if (device.state === 'released') released += 1;
      const shared = siteSilenceOf(device);
      if (shared !== null) silences.add(shared);
      else if (device.state === 'failed' || device.state === 'silent') failures += 1;
    }
    const [counted, failed] = [seq - released, failures + silences.size];
    series.push({
      offered: seq,
      counted,
      failed,
      limit: limitOf({ ...whole, n: counted }, settings),
      xLog: logE(counted, failed, settings.maxFailureRate) + weight,
    });
  }
  return series;
}
