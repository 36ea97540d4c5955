import fc from 'fast-check';
import { parseVersion } from '../domain/firmware-version.js';
import { sharedPlan, type ReleaseCandidate } from '../domain/release-plan.js';
import { decideUpdate } from '../domain/update-decision.js';
import { DecisionCache } from './decision-cache.js';

const VERSIONS = ['1.0.0', '1.1.0', '2.0.0', '2.0.0-rc.1', 'not a version', ''];

const release = fc
  .record({
    versionText: fc.constantFrom('1.0.0', '1.1.0', '2.0.0', '3.0.0'),
    build: fc.integer({ min: 0, max: 2 }),
    floor: fc.constantFrom(null, '1.0.0', '2.0.0'),
    offerToUnparsable: fc.boolean(),
  })
  .map(
    ({ versionText, floor, ...rest }) =>
      ({
        ...rest,
        version: parseVersion(versionText),
        floor: floor && parseVersion(floor),
      }) as ReleaseCandidate,
  );
const plan = fc.array(release, { maxLength: 4 }).map(sharedPlan);
const question = fc.record({
  deviceType: fc.constantFrom('sensor', 'camera', 'unheard-of'),
  version: fc.constantFrom(...VERSIONS),
  build: fc.integer({ min: 0, max: 2 }),
});

describe('remembered decisions', () => {
  it('are those that the rule makes, whatever was asked before and however little is remembered', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.tuple(plan, plan),
        fc.array(question, { maxLength: 60 }),
        (capacity, [sensor, camera], asked) => {
          const plans = new Map([
            ['sensor', sensor],
            ['camera', camera],
          ]);
          const decisions = new DecisionCache(plans, capacity);
          for (const question of asked) {
            const device = { version: parseVersion(question.version), build: question.build };
            const rule = decideUpdate(device, plans.get(question.deviceType) ?? sharedPlan([]));
            expect(decisions.decide(question)).toEqual(rule);
          }
        },
      ),
    );
  });

  it('are made once for all devices that run the same', () => {
    const decisions = new DecisionCache(new Map());
    const asked = { deviceType: 'sensor', version: '1.0.0', build: 1 };
    expect(decisions.decide(asked)).toBe(decisions.decide({ ...asked }));
  });
});
