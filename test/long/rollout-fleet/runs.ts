/** What happens to a simulated fleet of 10,000 under a rollout, and what must come of it. */
export interface FleetRun {
  readonly name: string;
  /** Options of `ota simulate`. */
  readonly fate: readonly string[];
  /** Devices of one attribute are marked as the sites of operators. */
  readonly sites: string | null;
  readonly ends: 'finished' | 'halted';
  /** What `npm run bench:rollouts` has found for the same in virtual time: devices hurt, on average. */
  readonly simulated: string;
  /** More devices hurt than this is a failure: far above what the rule allows to happen by chance. */
  readonly mostHurt: number;
  /** What the first factor must be. */
  readonly guilty: string | null;
}

export const FLEET_RUNS: readonly FleetRun[] = [
  {
    name: 'a good release',
    fate: [],
    sites: null,
    ends: 'finished',
    simulated: '0',
    mostHurt: 0,
    guilty: null,
  },
  {
    name: '20 % silent bricks',
    fate: ['--brick', '0.2'],
    sites: null,
    ends: 'halted',
    simulated: '9.2',
    mostHurt: 60,
    guilty: null,
  },
  {
    name: '10 % roll back',
    fate: ['--roll-back', '0.1'],
    sites: null,
    ends: 'halted',
    simulated: '12.4',
    mostHurt: 60,
    guilty: null,
  },
  {
    name: 'revision D bricks, a tenth of the fleet',
    fate: ['--attribute', 'hw_revision=A,A,B,B,B,C,C,C,C,D', '--only', 'hw_revision=D', '--brick', '1'],
    sites: null,
    ends: 'halted',
    simulated: '6.9',
    mostHurt: 60,
    guilty: 'hw_revision D',
  },
  {
    name: 'a power cut at one site of five, for two minutes',
    fate: ['--attribute', 'site=a,b,c,d,e', '--power-cut', '90s..210s:site=b'],
    sites: 'site',
    ends: 'finished',
    simulated: '(returns)',
    mostHurt: 0,
    guilty: null,
  },
  {
    name: '20 % bricks from device 5,000 on',
    fate: ['--brick', '0.2', '--bad-after', '5000'],
    sites: null,
    ends: 'halted',
    simulated: '146',
    mostHurt: 600,
    guilty: null,
  },
];
