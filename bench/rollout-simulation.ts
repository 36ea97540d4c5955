import * as scenarios from './rollout-simulation/scenarios.js';
import { tableText, type Table } from './rollout-simulation/table.js';

/**
 * `npm run bench:rollouts`: what the rules of src/domain/rollout do, in virtual time, beside the rules of other servers.
 * `-- --long` adds a fleet of a million devices and runs more of everything. docs/rollouts.md explains the figures.
 */
const isLong = process.argv.includes('--long');
const SIZES = isLong ? [50, 500, 10_000, 1_000_000] : [50, 500, 10_000];
const MANY = isLong ? 1_000 : 200;

/** Rollouts of small fleets vary more, and cost less. */
const runs = (size: number, factor = 1): number => {
  const affordable = size >= 1_000_000 ? 10 : size >= 10_000 ? MANY : 5 * MANY;
  return Math.max(3, Math.round(affordable * factor));
};

const MEASURES: readonly (() => Table)[] = [
  () => scenarios.devicesHurt(SIZES, runs, 1),
  () => scenarios.devicesHurt(SIZES, runs, 0.5),
  () => scenarios.hiddenFaults(10_000, runs),
  () => scenarios.sites(10_000, runs),
  () => scenarios.durations(SIZES, runs),
  () => scenarios.falseHalts(SIZES, runs),
];

const begun = performance.now();
for (const measure of MEASURES) process.stdout.write(`${tableText(measure())}\n`);
process.stderr.write(`${((performance.now() - begun) / 1000).toFixed(0)} s\n`);
