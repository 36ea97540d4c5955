import {
  DEFAULT_SETTINGS,
  rolloutConstants,
  type RolloutSettings,
} from '../../src/domain/rollout/admission.js';
import { HOUR } from '../../src/domain/rollout/durations.js';
import { nameOfPart } from '../../src/domain/rollout/halted-because.js';
import type { PartKey } from '../../src/domain/rollout/parts.js';
import { seeded } from '../../test/support/rollout-worlds.js';
import { failing, QUICK, SLOW, type Fate, type Fleet } from './fleet.js';
import { rollOut, type Result } from './ours.js';
import { awsJobs, hawkBit, rollOutByPhases, type Peer } from './peers.js';
import type { Table } from './table.js';

/** How often each scenario runs, by the size of the fleet. */
export type Runs = (size: number, factor?: number) => number;
type MakeFleet = (size: number, random: () => number) => Omit<Fleet, 'downloadMinutes'>;

const ours = (fleet: Fleet, settings: Partial<RolloutSettings> = {}): Result =>
  rollOut(rolloutConstants({ ...DEFAULT_SETTINGS, targetSize: fleet.size, ...settings }), fleet);

/** The same seed for the same scenario: all rules meet the same fleets. */
function results(
  runs: number,
  size: number,
  make: MakeFleet,
  by: (fleet: Fleet) => Result,
  downloadMinutes: Fleet['downloadMinutes'] = QUICK,
): Result[] {
  const random = seeded(size);
  return Array.from({ length: runs }, () => by({ ...make(size, random), downloadMinutes }));
}

const uniform =
  (rate: number, silentShare: number): MakeFleet =>
  (size, random) => ({ size, random, fateOf: failing(rate, silentShare, random) });

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const shareOf = (all: readonly Result[], is: (result: Result) => boolean): string =>
  `${((100 * all.filter(is).length) / all.length).toFixed(2)} %`;
const hurtBy = (all: readonly Result[]): string => {
  const hurt = mean(all.map((result) => result.hurt));
  return hurt < 100 ? hurt.toFixed(1) : hurt.toFixed(0);
};
const count = (value: number): string => value.toLocaleString('en-US');

/** How often a release that just meets the limit is halted, and better ones. */
export function falseHalts(sizes: readonly number[], runs: Runs): Table {
  return {
    title: 'Good releases that are halted by mistake (half of the failures silent)',
    head: ['devices', 'rollouts', '2 % fail (the limit)', '1 % fail', '0.5 % fail'],
    rows: sizes.map((size) => {
      const many = runs(size, 2);
      const halted = [0.02, 0.01, 0.005].map((rate) =>
        shareOf(results(many, size, uniform(rate, 0.5), ours), ({ isHalted }) => isHalted),
      );
      return [count(size), count(many), ...halted];
    }),
  };
}

const PEERS: readonly (readonly [string, Peer])[] = [
  ['hawkBit, 10 %', hawkBit(0.1)],
  ['AWS, 20 % of 10 or more', awsJobs(0.2, 10)],
];

/** How many devices a bad release hurts. */
export function devicesHurt(sizes: readonly number[], runs: Runs, silentShare: number): Table {
  const rates = [0.05, 0.1, 0.2, 0.5, 1];
  const rules: readonly (readonly [string, (fleet: Fleet) => Result])[] = [
    ['this server', ours],
    ...PEERS.map(([name, peer]) => [name, (fleet: Fleet) => rollOutByPhases(peer, fleet)] as const),
  ];
  return {
    title: `Devices hurt on average, ${silentShare === 1 ? 'all failures are silent bricks' : 'half of the failures roll back and report it'}`,
    head: ['devices', 'rule', ...rates.map((rate) => `${100 * rate} % fail`)],
    rows: sizes.flatMap((size) =>
      rules.map(([name, by]) => [
        count(size),
        name,
        ...rates.map((rate) => {
          // Every offer to such a fleet takes long to simulate, and the shares of so many vary little.
          const many = by !== ours && size >= 1_000_000 ? 1 : runs(size);
          return hurtBy(results(many, size, uniform(rate, silentShare), by));
        }),
      ]),
    ),
  };
}

/** How long a good release takes. */
export function durations(sizes: readonly number[], runs: Runs): Table {
  const row = (size: number, minutes: Fleet['downloadMinutes']): string[] => {
    const hours = [0, 0.005, 0.01].map((rate) => {
      const all = results(runs(size, 0.2), size, uniform(rate, 0.5), ours, minutes);
      const ended = all.filter(({ isHalted }) => !isHalted).map(({ endedAt }) => endedAt);
      return `${(median(ended) / HOUR).toFixed(1)} h`;
    });
    return [count(size), `${minutes.join(' to ')} min`, ...hours];
  };
  return {
    title: 'Duration of a good release until its last result, devices check once an hour (median)',
    head: ['devices', 'download', 'none fails', '0.5 % fail', '1 % fail'],
    rows: sizes.flatMap((size) => [row(size, QUICK), row(size, SLOW)]),
  };
}

const SITE_SIZE = 20;

/** Sites of 20 devices that check together. Some lose their power just when all of them install. */
const withSites =
  (powerCuts: number, rate: number, isKnown: boolean): MakeFleet =>
  (size, random) => {
    const cut = Array.from({ length: Math.ceil(size / SITE_SIZE) }, () => random() < powerCuts);
    const fate = failing(rate, 1, random);
    return {
      size,
      random,
      fateOf: (_, index) => (cut[Math.floor(index / SITE_SIZE)] === true ? 'silent' : fate()),
      ...(isKnown && { siteOf: (index: number) => String(Math.floor(index / SITE_SIZE)) }),
    };
  };

export function sites(size: number, runs: Runs): Table {
  const row = (name: string, rate: number, isKnown: boolean): string[] => {
    const all = results(runs(size), size, withSites(0.02, rate, isKnown), ours);
    return [name, isKnown ? 'known' : 'unknown', shareOf(all, ({ isHalted }) => isHalted), hurtBy(all)];
  };
  return {
    title: `Power cuts at 1 in 50 sites of ${SITE_SIZE} devices while they install, ${count(size)} devices`,
    head: ['release', 'sites', 'halted', 'devices hurt'],
    rows: [
      row('0.5 % fail', 0.005, true),
      row('0.5 % fail', 0.005, false),
      row('20 % are bricked', 0.2, true),
      row('20 % are bricked', 0.2, false),
    ],
  };
}

const lateOnset =
  (from: number, rate: number): MakeFleet =>
  (size, random) => ({
    size,
    random,
    fateOf: (seq) => (seq >= from && random() < rate ? 'silent' : 'well'),
  });

const oneRevision =
  (share: number, rate: number): MakeFleet =>
  (size, random) => {
    const revisions = Array.from({ length: size }, () => (random() < share ? 'B' : 'A'));
    const groups: Readonly<Record<string, readonly PartKey[]>> = {
      A: [{ dimension: 'hw_revision', value: 'A' }],
      B: [{ dimension: 'hw_revision', value: 'B' }],
    };
    return {
      size,
      random,
      groupsOf: (index) => groups[revisions[index]!]!,
      fateOf: (_, index): Fate => (revisions[index] === 'B' && random() < rate ? 'silent' : 'well'),
    };
  };

/** Faults that a look at the whole alone would see late. */
export function hiddenFaults(size: number, runs: Runs): Table {
  const row = (name: string, make: MakeFleet): string[] => {
    const all = results(runs(size), size, make, ours);
    const halted = all.filter(({ isHalted }) => isHalted);
    const named = new Map<string, number>();
    for (const { halt } of halted) {
      if (!halt) continue;
      const { dimension } = halt.part;
      const told = dimension === 'block' ? 'a block of offers' : nameOfPart(halt.part);
      const part = dimension === 'all' ? 'the whole' : told;
      named.set(part, (named.get(part) ?? 0) + 1);
    }
    const most = [...named].sort((a, b) => b[1] - a[1]).map(([part, times]) => `${part} ${times}`);
    const byPhases = results(runs(size), size, make, (fleet) => rollOutByPhases(hawkBit(0.1), fleet));
    return [
      name,
      shareOf(all, ({ isHalted }) => isHalted),
      hurtBy(all),
      count(median(all.map(({ offered }) => offered))),
      most.join(', '),
      hurtBy(byPhases),
    ];
  };
  return {
    title: `Faults that begin late or are in a part of the fleet, ${count(size)} devices, ${runs(size)} rollouts, silent bricks`,
    head: [
      'fault',
      'halted',
      'devices hurt',
      'offered (median)',
      'halted because of',
      'hurt by hawkBit, 10 %',
    ],
    rows: [
      row('20 % from device 5,000 on', lateOnset(5_000, 0.2)),
      row('all from device 5,000 on', lateOnset(5_000, 1)),
      row('all of a revision that 10 % have', oneRevision(0.1, 1)),
      row('half of a revision that 10 % have', oneRevision(0.1, 0.5)),
      row('all of a revision that 1 % have', oneRevision(0.01, 1)),
    ],
  };
}
