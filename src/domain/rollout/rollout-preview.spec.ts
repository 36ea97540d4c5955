import { parseVersion } from '../firmware-version.js';
import { plannedReleases, type PlannedRelease, type ReleaseCandidate } from '../release-plan.js';
import { PREVIEWED, previewOf, type PreviewedDevices } from './rollout-preview.js';

const release = (version: string, more: Partial<ReleaseCandidate> = {}): ReleaseCandidate => ({
  version: parseVersion(version)!,
  build: 1,
  floor: null,
  offerToUnparsable: false,
  ...more,
});
const plan = (
  ours: ReleaseCandidate,
  allowDowngrade = false,
  others: readonly PlannedRelease<ReleaseCandidate>[] = [],
) =>
  plannedReleases({ kind: 'shared', releases: [] }, [
    ...others,
    { release: ours, rollout: { id: PREVIEWED, allowDowngrade } },
  ]);
const devices = (more: Partial<PreviewedDevices> = {}): PreviewedDevices => ({
  version: '1.0.0',
  build: 1,
  standing: 'admitted',
  acceptsDowngrade: false,
  secureVersion: null,
  isLooping: false,
  hasFailed: false,
  isTargeted: true,
  isFirst: true,
  standings: new Map(),
  devices: 1,
  exampleIds: [1],
  ...more,
});

describe('whom a rollout would reach', () => {
  const newer = { release: release('3.0.0'), rollout: { id: 7, allowDowngrade: false } };
  it.each<[string, Partial<PreviewedDevices>, ReturnType<typeof plan>]>([
    ['matched', {}, plan(release('2.0.0'))],
    ['not_in_target', { isTargeted: false }, plan(release('2.0.0'))],
    ['never_checked', { version: null, build: null }, plan(release('2.0.0'))],
    ['up_to_date', { version: '2.0.0' }, plan(release('2.0.0'))],
    ['device_blocked', { standing: 'blocked' }, plan(release('2.0.0'))],
    ['update_loop', { isLooping: true }, plan(release('2.0.0'))],
    ['attempts_exhausted', { hasFailed: true }, plan(release('2.0.0'))],
    ['unparsable_current_version', { version: 'abc' }, plan(release('2.0.0'))],
    ['below_min_current_version', {}, plan(release('2.0.0', { floor: parseVersion('1.5.0') }))],
    ['other_release', {}, plan(release('2.0.0'), false, [{ ...newer, rollout: null }])],
    ['matched', {}, plan(release('2.0.0'), false, [newer])],
    [
      'other_release',
      { standings: new Map([[7, { kind: 'granted' }]]) },
      plan(release('2.0.0'), false, [newer]),
    ],
    ['downgrade_not_accepted', { version: '2.1.0' }, plan(release('2.0.0'), true)],
    ['matched', { version: '2.1.0', acceptsDowngrade: true }, plan(release('2.0.0'), true)],
    [
      'below_secure_version',
      { version: '2.1.0', acceptsDowngrade: true, secureVersion: 1 },
      plan(release('2.0.0', { secureVersion: 0 }), true),
    ],
    ['up_to_date', { version: '2.1.0' }, plan(release('2.0.0'))],
  ])('%s: %j', (expected, more, releases) => {
    const { matched, leftOut } = previewOf([devices(more)], releases);
    expect(matched === 1 ? 'matched' : leftOut[0]?.reason).toBe(expected);
    expect(matched + leftOut.length).toBe(1);
  });

  it('adds up to all devices, the most frequent reason first, with few examples', () => {
    const groups = [
      devices({ devices: 7 }),
      devices({ devices: 3, isFirst: false }),
      devices({ isTargeted: false, devices: 2, exampleIds: [9, 8] }),
      devices({ isTargeted: false, devices: 5, exampleIds: [1, 2, 3, 4] }),
      devices({ version: '2.0.0', devices: 3, exampleIds: [5] }),
      devices({ standing: 'pending', devices: 3, exampleIds: [6] }),
    ];
    expect(previewOf(groups, plan(release('2.0.0')))).toEqual({
      matched: 10,
      first: 7,
      leftOut: [
        { reason: 'not_in_target', count: 7, exampleIds: [1, 2, 3, 4, 8] },
        { reason: 'up_to_date', count: 3, exampleIds: [5] },
        { reason: 'device_pending', count: 3, exampleIds: [6] },
      ],
    });
  });
});
