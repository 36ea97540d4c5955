/**
 * Strength of the prior over failure rates, b: density b(1−q)^(b−1) above the acceptable rate. 5 stops nearly as early as
 * the best choice does at every true failure rate, so it is no setting.
 */
const PRIOR_STRENGTH = 5;

/** What the sum still gains from terms this much smaller is below its precision, however many of them follow. */
const NEGLIGIBLE = 1e-24;
/** The sum is scaled down before a double overflows. */
const LARGE = 1e200;

/**
 * The evidence that more than `p0` of the devices fail, as a natural logarithm: a likelihood ratio, averaged over all
 * failure rates above p0. If at most p0 fail, it ever exceeds ln(1/alpha) with a probability of at most alpha, however
 * often it is looked at (Ville's inequality). docs/rollouts.md says what follows from that.
 * @param n devices that count, 0..10⁷
 * @param k of them known to have failed, 0..n
 * @param p0 the acceptable share of failures, between 0 and 1
 */
export function logE(n: number, k: number, p0: number, b = PRIOR_STRENGTH): number {
  const total = n + b - 1;
  const odds = (1 - p0) / p0;
  let term = 1;
  let sum = 1;
  let scaled = 0;
  for (let i = 0; i < k; i++) {
    const factor = ((k - i) * odds) / (total + 2 - k + i);
    term *= factor;
    sum += term;
    // The factors only become smaller.
    if (factor < 1 && term < sum * NEGLIGIBLE) break;
    if (sum > LARGE) {
      sum /= LARGE;
      term /= LARGE;
      scaled += Math.log(LARGE);
    }
  }
  return Math.log(b) - Math.log(total + 1 - k) + Math.log(sum) + scaled;
}

/** The logarithm of evidence at which a rollout halts, for a share alpha of false alarms. */
export const lnThreshold = (alpha: number): number => -Math.log(alpha);

/**
 * The smallest number of failures among n devices that halts.
 * @param weight of the part of the rollout that is looked at, above 0 and at most 1
 * @returns n + 1 when n devices are too few to halt
 */
export function limit(n: number, weight: number, p0: number, alpha: number): number {
  const enough = lnThreshold(alpha) - Math.log(weight);
  const halts = (k: number): boolean => logE(n, k, p0) >= enough;
  // No failure is never evidence, and the limit is not far above the share that is acceptable.
  let below = 0;
  let at = Math.min(n + 1, Math.ceil(n * p0) + 1);
  for (let step = 1; at <= n && !halts(at); step *= 2) {
    below = at;
    at = Math.min(n + 1, at + step);
  }
  while (at - below > 1) {
    const middle = Math.floor((below + at) / 2);
    if (halts(middle)) at = middle;
    else below = middle;
  }
  return at;
}
