import fc from 'fast-check';
import { samples } from '../../../test/support/samples.js';
import { readFigures, type BenchFile } from './figures.js';
import { MEASURED } from './measured.js';
import { sizeFleet, type FleetPlan, type Sizing } from './sizing.js';

const HOUR = 3600;
const MACHINE = { cores: 2, bitsPerSecond: 1e9 };
const plan = (given: Partial<FleetPlan>): FleetPlan => ({
  devices: 1_000_000,
  intervalSeconds: HOUR,
  imageBytes: 1_500_000,
  rolloutSeconds: 24 * HOUR,
  releasesPerYear: 12,
  reportsPerUpdate: 4,
  hasCdn: false,
  ...given,
});
const size = (given: Partial<FleetPlan>): Sizing => sizeFleet(plan(given), MACHINE, MEASURED);

const somePlan = fc.record({
  devices: fc.integer({ min: 1, max: 1e9 }),
  intervalSeconds: fc.integer({ min: 1, max: 7 * 24 * HOUR }),
  imageBytes: fc.integer({ min: 1, max: 1e8 }),
  rolloutSeconds: fc.integer({ min: 1, max: 30 * 24 * HOUR }),
  releasesPerYear: fc.integer({ min: 0, max: 1000 }),
  reportsPerUpdate: fc.integer({ min: 1, max: 100 }),
  hasCdn: fc.boolean(),
});

/** All that a fleet puts on the machines, as one list of numbers. */
const loadOf = (sizing: Sizing): number[] => [
  sizing.checksPerSecond,
  sizing.updatesPerSecond,
  sizing.reportsPerSecond,
  sizing.imageBytesPerSecond,
  sizing.bytesPerRelease,
  ...Object.values(sizing.cores),
  sizing.databaseCores,
  sizing.logRowsPerYear,
  sizing.logBytesPerYear.least,
  sizing.logBytesPerYear.most,
  sizing.deviceBytes,
  sizing.demands[0]?.share ?? 0,
];

/** Expects that the second fleet needs at least as much of everything. */
function expectNoLess(less: Partial<FleetPlan>, more: Partial<FleetPlan>): void {
  const [before, after] = [loadOf(size(less)), loadOf(size(more))];
  // Sums of the same parts may differ in the last digit.
  before.forEach((value, index) => expect(after[index]! * (1 + 1e-9)).toBeGreaterThanOrEqual(value));
}

describe('the size of a fleet', () => {
  it('grows with devices, images, releases and reports', () => {
    fc.assert(
      fc.property(somePlan, fc.integer({ min: 1, max: 20 }), (given, factor) => {
        for (const key of ['devices', 'imageBytes', 'releasesPerYear', 'reportsPerUpdate'] as const)
          expectNoLess(given, { ...given, [key]: given[key] * factor });
      }),
      { numRuns: samples(200) },
    );
  });

  it('grows as rollouts and the pauses between checks become shorter', () => {
    fc.assert(
      fc.property(somePlan, fc.integer({ min: 1, max: 20 }), (given, factor) => {
        expectNoLess({ ...given, rolloutSeconds: given.rolloutSeconds * factor }, given);
        // Below five minutes the connections stay open, which saves the handshakes.
        const long = { ...given, intervalSeconds: given.intervalSeconds + 300 };
        expectNoLess({ ...long, intervalSeconds: long.intervalSeconds * factor }, long);
      }),
      { numRuns: samples(200) },
    );
  });

  it('is proportional to the devices', () => {
    fc.assert(
      fc.property(somePlan, fc.integer({ min: 2, max: 50 }), (given, factor) => {
        const [one, many] = [
          loadOf(size(given)),
          loadOf(size({ ...given, devices: given.devices * factor })),
        ];
        one.forEach((value, index) => {
          expect(many[index]! / factor).toBeCloseTo(value, value > 1 ? -Math.log10(value) + 6 : 6);
        });
      }),
      { numRuns: samples(200) },
    );
  });

  it('always names whole machines, and figures that are finite', () => {
    fc.assert(
      fc.property(somePlan, (given) => {
        const { nodes, ...sizing } = size(given);
        expect(loadOf({ ...sizing, nodes }).every((value) => value >= 0 && Number.isFinite(value))).toBe(
          true,
        );
        for (const count of [nodes.servers, nodes.databaseNodes, nodes.databaseCores]) {
          expect(Number.isSafeInteger(count)).toBe(true);
          expect(count).toBeGreaterThanOrEqual(1);
        }
      }),
      { numRuns: samples(200) },
    );
  });

  it('has units that agree with each other', () => {
    const sizing = size({ rolloutSeconds: HOUR });
    expect(sizing.checksPerSecond * HOUR).toBeCloseTo(1_000_000);
    expect(sizing.reportsPerSecond * HOUR).toBeCloseTo(4_000_000);
    expect(sizing.imageBytesPerSecond * HOUR).toBeCloseTo(sizing.bytesPerRelease);
    expect(sizing.bytesPerRelease).toBe(1.5e12);
    expect(sizing.logRowsPerYear).toBe(12_000_000);
    expect(sizing.logBytesPerYear.least).toBeCloseTo(12e6 * MEASURED.freshRowBytes);
    expect(sizing.cores.tls).toBeCloseTo(
      (1e6 / HOUR) * (MEASURED.resumedMicros + MEASURED.handshakeMicros) * 1e-6,
    );
  });

  it('sends no image through the servers when there is a CDN', () => {
    const [own, cdn] = [size({ rolloutSeconds: HOUR }), size({ rolloutSeconds: HOUR, hasCdn: true })];
    expect(own.cores.images).toBeGreaterThan(0);
    expect(cdn.cores.images).toBe(0);
    expect(cdn.demands.find(({ resource }) => resource === 'network')?.share).toBe(0);
    expect(cdn.imageBytesPerSecond).toBe(own.imageBytesPerSecond);
    expect(cdn.nodes.needsCdn).toBe(true);
  });

  it('opens a connection for each check only if idle ones are closed before', () => {
    expect(size({ intervalSeconds: 300 }).opensConnections).toBe(false);
    expect(size({ intervalSeconds: 301 }).opensConnections).toBe(true);
  });

  it.each([
    [10_000, 1, { servers: 1, hasOwnDatabase: false, databaseNodes: 1, needsCdn: false }],
    [1_000_000, 24, { servers: 2, hasOwnDatabase: true, databaseNodes: 1, needsCdn: false }],
    [10_000_000, 24, { hasOwnDatabase: true, databaseNodes: 1 }],
    [10_000_000, 1, { hasOwnDatabase: true, needsCdn: true }],
    [100_000_000, 1, { hasOwnDatabase: true, needsCdn: true }],
  ])('of %i devices that update in %i h', (devices, hours, nodes) => {
    expect(size({ devices, rolloutSeconds: hours * HOUR }).nodes).toMatchObject(nodes);
  });

  it('distributes the database only beyond what one can write or keep', () => {
    expect(size({ devices: 100_000_000, rolloutSeconds: HOUR }).nodes.databaseNodes).toBeGreaterThan(1);
    expect(size({ devices: 1_000_000, rolloutSeconds: HOUR }).nodes.databaseNodes).toBe(1);
  });
});

describe('the figures of a benchmark', () => {
  it('name the scenario that is missing', () => {
    const machine = { node: 'v22.0.0', cores: 4, cpu: 'A' };
    const empty = ['check', 'status', 'tls', 'sizing'].map((scenario) => ({
      scenario,
      measurements: [],
      ratios: [],
    }));
    const file: BenchFile = { machine, results: empty };
    expect(() => readFigures({ ...file, results: empty.slice(0, 2) })).toThrow(
      'The results have no scenario "tls": run npm run bench -- tls',
    );
    expect(() => readFigures(file)).toThrow('The results of the scenario "check" have no "ota-server".');
  });
});
