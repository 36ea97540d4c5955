import fc from 'fast-check';
import { parseVersion } from '../domain/firmware-version.js';
import { decideUpdate, newestFirst } from '../domain/update-decision.js';
import type { Release } from '../firmware/firmware.exports.js';
import { RememberedDecisions } from './remembered-decisions.js';

const VERSIONS = ['1.0.0', '1.1.0', '2.0.0', '2.0.0-rc.1', 'not a version'];

const release = fc
  .record({
    versionText: fc.constantFrom('1.0.0', '1.1.0', '2.0.0', '3.0.0'),
    build: fc.integer({ min: 0, max: 2 }),
    floor: fc.constantFrom(null, '1.0.0', '2.0.0'),
    offerToUnparsable: fc.boolean(),
  })
  .map(
    ({ versionText, floor, ...rest }) =>
      ({ ...rest, version: parseVersion(versionText), floor: floor && parseVersion(floor) }) as Release,
  );
const releases = fc.array(release, { maxLength: 4 }).map((list) => list.sort(newestFirst));
const question = fc.record({
  deviceType: fc.constantFrom('sensor', 'camera'),
  version: fc.constantFrom(...VERSIONS),
  build: fc.integer({ min: 0, max: 2 }),
});

describe('remembered decisions', () => {
  it('are those that the rule makes, whatever was asked before and however little is remembered', () => {
    const script = fc.array(fc.record({ question, list: fc.nat(2) }), { maxLength: 60 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.tuple(releases, releases, releases),
        script,
        (capacity, lists, asked) => {
          const decisions = new RememberedDecisions(capacity);
          for (const { question, list } of asked) {
            const current = lists[list] ?? [];
            const running = { version: parseVersion(question.version), build: question.build };
            expect(decisions.decide(question, current)).toEqual(decideUpdate(running, current));
          }
        },
      ),
    );
  });

  it('are made once for all devices that run the same', () => {
    const decisions = new RememberedDecisions(10);
    const asked = { deviceType: 'sensor', version: '1.0.0', build: 1 };
    const list: readonly Release[] = [];
    expect(decisions.decide(asked, list)).toBe(decisions.decide({ ...asked }, list));
  });
});
