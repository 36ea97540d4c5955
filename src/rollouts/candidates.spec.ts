import fc from 'fast-check';
import { samples } from '../../test/support/samples.js';
import type { AppConfig } from '../config/app-config.js';
import type { DatabaseClock } from '../database/database-clock.js';
import { FactsStore, type DeviceGate, type FactsInMemory } from '../devices/devices.exports.js';
import { heldAttributes, type Attribute } from '../domain/device-facts.js';
import { askedFacts, NOTHING_SAID, type TargetFacts } from '../domain/filter/asked-facts.js';
import { EVERYTHING, type ResolvedFilter } from '../domain/filter/filter.js';
import { matches, type FilterableDevice } from '../domain/filter/matches.js';
import { parseFilter } from '../domain/filter/parse-filter.js';
import { resolveGroups } from '../domain/filter/resolve-groups.js';
import { parseVersion, versionSortKey } from '../domain/firmware-version.js';
import { sharedPlan } from '../domain/release-plan.js';
import { standingOf } from '../domain/rollout/standing.js';
import { decideUpdate, type UpdateDecision } from '../domain/update-decision.js';
import type { Release, ReleaseCatalog } from '../releases/releases.exports.js';
import type { BookedRollout } from './booked-rollout.js';
import { Candidates } from './candidates.js';
import { CheckTargets } from './check-targets.js';
import type { CheckIns } from './clock/check-ins.js';
import type { EarlierFailures } from './earlier-failures.js';
import { KnownOffers } from './known-offers.js';
import type { PersonalQuestion } from './personal-question.js';
import type { Rollout } from './record/rollout.repository.js';
import type { RolloutAdmissions } from './rollout-admissions.js';
import type { RolloutBook } from './rollout-book.js';
import { RolloutOffers } from './rollout-offers.js';
import { RolloutPlans } from './rollout-plans.js';

const TYPE = 'lamp';
const VERSIONS = ['0.9.0', '1.0.0', '1.1.0', '2.0.0', 'odd'];
const IDS = [1, 2, 3, 4, 5];
const some = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const read = (text: string): ResolvedFilter =>
  resolveGroups(parseFilter(text), (name) => ({ kind: 'member', groupId: Number(name.slice(1)) }));

const target = fc
  .array(
    some([
      ...[
        'tag:a',
        '-tag:a',
        'tag:b',
        'channel:beta',
        'group:g1',
        'version:<1.1.0',
        'version:odd',
        'build:>1',
      ],
      ...['attr.site:7', 'attr.site:>6', '-attr.site:x', 'attr.floor:7', '-attr.floor:<8'],
      ...['id:1..3', '-id:4', 'identity:token', 'mu'],
    ]),
    { minLength: 1, maxLength: 2 },
  )
  .map((terms) => terms.join(' '));
const attributes = fc.dictionary(some(['site', 'floor']), some<Attribute>([7, 8, '7', 'x', true]), {
  maxKeys: 2,
});
/** Often nothing that is asked: what is remembered of nothing is as good as anything. */
const said: fc.Arbitrary<TargetFacts> = fc.oneof(
  fc.constant(NOTHING_SAID),
  fc.record({
    tags: fc.uniqueArray(some(['a', 'b'])),
    channel: some(['stable', 'beta']),
    name: fc.option(some(['Munich', 'Bremen'])),
    groups: fc.uniqueArray(some([1, 2])),
    attributes,
  }),
);
const rolloutSaid = fc.record({
  version: some(VERSIONS.filter((version) => version !== 'odd')),
  target: fc.option(target),
  state: some(['running', 'running', 'running', 'paused', 'halted', 'scheduled', 'finished'] as const),
  isFull: fc.boolean(),
  allowDowngrade: fc.boolean(),
});
type RolloutSaid = typeof rolloutSaid extends fc.Arbitrary<infer T> ? T : never;

const id = some(IDS);
/** What happens one after the other; what is remembered of the checks before must not show. */
const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('check' as const),
      id,
      version: some(VERSIONS),
      build: fc.integer({ min: 1, max: 2 }),
      own: fc.option(attributes),
      acceptsDowngrade: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('described' as const), id, said }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('offered' as const), id, nth: fc.nat(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('rollouts' as const), rollouts: fc.array(rolloutSaid) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('read' as const), isAll: fc.boolean() }) },
);
type Check = Extract<typeof step extends fc.Arbitrary<infer T> ? T : never, { kind: 'check' }>;

const releaseOf = (firmwareId: number, versionText: string): Release =>
  ({
    ...{ id: firmwareId, deviceType: TYPE, versionText, version: parseVersion(versionText) },
    ...{ build: 1, floor: null, offerToUnparsable: versionText === '1.1.0' },
  }) as Release;

/** Devices, what operators say of them, and rollouts, as far as a check asks them. */
class World {
  readonly offers = new KnownOffers();
  readonly described = new Map<number, TargetFacts>();
  private booked: readonly BookedRollout[] = [];
  /** Those in memory. */
  private readonly facts = {
    current: new FactsStore(askedFacts([])),
    of: (deviceId: number): TargetFacts => this.facts.current.get(deviceId),
  };
  private readonly files = new Map<number, Release>();
  private readonly plans: RolloutPlans;
  private readonly asked: RolloutOffers;
  private lastId = 100;

  constructor(forAll: readonly string[]) {
    const shared = sharedPlan(forAll.map((version, index) => releaseOf(index + 1, version)));
    const catalog = {
      edition: 1,
      withdraw: () => undefined,
      findOfferable: (firmwareId: number) => this.files.get(firmwareId),
      findFile: (firmwareId: number) => this.files.get(firmwareId),
      planOf: () => shared,
    } as unknown as ReleaseCatalog;
    this.plans = new RolloutPlans(catalog);
    const book = {
      offers: this.offers,
      ageSeconds: 0,
      isChanging: () => false,
      find: (rolloutId: number) => this.booked.find(({ rollout }) => rollout.id === rolloutId),
    } as unknown as RolloutBook;
    const facts = this.facts as unknown as FactsInMemory;
    const gate = { identityOf } as unknown as DeviceGate;
    const targets = new CheckTargets(facts, gate);
    this.asked = new RolloutOffers(
      { maxCatalogAgeSeconds: 60 } as AppConfig,
      book,
      // Nobody is admitted here.
      {} as RolloutAdmissions,
      targets,
      new Candidates(book, facts, targets),
      {} as EarlierFailures,
      { note: () => undefined } as unknown as CheckIns,
      { now: () => 1_000_000 } as DatabaseClock,
    );
  }

  take(rollouts: readonly RolloutSaid[]): void {
    this.booked = rollouts.map(({ version, target: text, state, isFull, allowDowngrade }) => {
      const rolloutId = ++this.lastId;
      this.files.set(rolloutId, releaseOf(rolloutId, version));
      return {
        rollout: {
          ...{ id: rolloutId, firmwareId: rolloutId, deviceType: TYPE, state, allowDowngrade },
          ...{ target: text, timeZone: null },
        } as Rollout,
        image: { version, build: 1 },
        rule: {
          ...{ state, phases: [], phaseIndex: 0, attemptsPerDevice: 3 },
          schedule: { startsAt: null, windows: [] },
        },
        asks: askedFacts([]),
        target: text === null ? EVERYTHING : read(text),
        phaseTargets: new Map(),
        full: isFull ? 'unconfirmed' : null,
      };
    });
    this.plans.take(this.booked);
  }

  /** @param isAll otherwise what some targets ask has not been read yet */
  read(isAll: boolean): void {
    const targets = this.booked.map((booked) => booked.target);
    this.facts.current = new FactsStore(askedFacts(isAll ? targets : targets.slice(1)));
    for (const [deviceId, one] of this.described) this.facts.current.set(deviceId, one);
  }

  describe(deviceId: number, one: TargetFacts): void {
    this.described.set(deviceId, one);
    this.facts.current.set(deviceId, one);
  }

  offer(deviceId: number, nth: number): void {
    const booked = this.booked[nth];
    if (!booked) return;
    const { id: rolloutId } = booked.rollout;
    const state = nth % 2 === 0 ? ('pending' as const) : ('failed' as const);
    this.offers.remember({
      rolloutId,
      deviceId,
      seq: 1,
      state,
      attempts: 0,
      isInstalling: false,
      bootIds: [],
    });
  }

  /** null: no rollout concerns the type. */
  async decided(check: Check): Promise<UpdateDecision<Release> | null> {
    const question = questionOf(check);
    const plan = this.plans.planFor(question);
    if (!plan) return null;
    const { decision } = await this.asked.decide(question, plan, () => true);
    return decision;
  }

  /** The same by asking each rollout of the type. */
  expected(check: Check): UpdateDecision<Release> | null {
    const releases = this.plans.planOf(TYPE);
    if (!releases) return null;
    const { own, version, build, acceptsDowngrade } = check;
    const operators = this.described.get(check.id) ?? this.facts.current.get(check.id);
    const device: FilterableDevice = {
      ...operators,
      ...{ id: check.id, deviceType: TYPE, build, status: 'unknown', lastSeenAt: 0 },
      version: { text: version, sortKey: versionSortKey(parseVersion(version)) },
      identity: identityOf(check.id),
      attributes: heldAttributes(new Map(Object.entries(own ?? {})), operators.attributes),
    };
    const facts = { version: parseVersion(version), build, acceptsDowngrade, attributes: device.attributes };
    const standingIn = (rolloutId: number): ReturnType<typeof standingOf> => {
      const booked = this.booked.find(({ rollout }) => rollout.id === rolloutId)!;
      const isRead = booked.target === EVERYTHING || this.facts.current.covers(askedFacts([booked.target]));
      return standingOf(booked.rule, {
        ...{ now: 1_000_000, isStale: false, isFull: booked.full !== null },
        offer: this.offers.find(rolloutId, check.id, undefined),
        isTargeted: () => (isRead ? matches(booked.target, device, 0) : null),
        zone: () => 'UTC',
        position: () => 0,
        matches: () => false,
      });
    };
    return decideUpdate(facts, { kind: 'personal', releases, standingIn });
  }
}

const identityOf = (deviceId: number): 'token' | 'none' => (deviceId % 2 === 0 ? 'token' : 'none');

const questionOf = ({ id: deviceId, version, build, own, acceptsDowngrade }: Check): PersonalQuestion => ({
  ...{ deviceId, deviceType: TYPE, version, build, address: () => null },
  facts: own && { acceptsDowngrade, attributes: new Map(Object.entries(own)) },
});

describe('what is remembered of devices that run the same', () => {
  it('decides as each rollout of the type, asked for each device', async () => {
    let shared = 0;
    let checks = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(some(VERSIONS.slice(0, 3)), { maxLength: 2 }),
        fc.array(rolloutSaid, { maxLength: 6 }),
        fc.array(said, { minLength: IDS.length, maxLength: IDS.length }),
        fc.array(step, { minLength: 10, maxLength: 40 }),
        async (forAll, rollouts, facts, steps) => {
          const world = new World(forAll);
          world.take(rollouts);
          IDS.forEach((deviceId, index) => {
            world.describe(deviceId, facts[index]!);
          });
          world.read(true);
          for (const one of steps) {
            if (one.kind === 'described') world.describe(one.id, one.said);
            else if (one.kind === 'offered') world.offer(one.id, one.nth);
            else if (one.kind === 'read') world.read(one.isAll);
            else if (one.kind === 'rollouts') {
              world.take(one.rollouts);
              world.read(true);
            } else {
              const expected = world.expected(one.own ? one : { ...one, acceptsDowngrade: false });
              expect(await world.decided(one)).toEqual(expected);
              checks += 1;
              if (expected?.kind === 'none' && expected.reason === 'up_to_date') shared += 1;
            }
          }
        },
      ),
      { numRuns: samples(2_000) },
    );
    // Both ways are gone, or the test would show little.
    expect(shared).toBeGreaterThan(checks / 20);
    expect(shared).toBeLessThan(checks);
  });
});
