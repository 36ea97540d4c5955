import { parseVersion } from '../firmware-version.js';
import { matches, type FilterableDevice } from './matches.js';
import { EVERYTHING, type ResolvedFilter } from './filter.js';
import { parseFilter } from './parse-filter.js';
import { resolveGroups } from './resolve-groups.js';

const NOW = Date.UTC(2030, 0, 2);
const versionOf = (text: string): FilterableDevice['version'] => ({
  text,
  sortKey: parseVersion(text)?.sortKey ?? '',
});
const DEVICE: FilterableDevice = {
  id: 0x246f28037e51,
  name: 'Munich 7',
  deviceType: 'scales',
  version: versionOf('v1.1.0'),
  build: 6,
  channel: 'beta',
  tags: ['lab', 'a b'],
  groups: [7],
  status: 'failed',
  identity: 'token',
  attributes: new Map<string, string | number | boolean>([
    ['hw_revision', 'B'],
    ['chip_revision', 0.4],
    ['slot_size', '2048'],
    ['ok', true],
    ['count', 1],
    ['count_text', '1'],
    ['big', 1e21],
  ]),
  lastSeenAt: NOW - 3_600_000,
};
const BARE: FilterableDevice = {
  ...DEVICE,
  id: 7,
  name: null,
  deviceType: null,
  version: null,
  build: null,
  tags: [],
  groups: [],
  attributes: new Map(),
};

/** A group with members, of which one is the device, and one of those that an empty filter finds. */
const read = (text: string): ResolvedFilter =>
  resolveGroups(parseFilter(text), (name) => {
    if (name === 'all') return EVERYTHING;
    return name === 'none' ? undefined : { kind: 'member', groupId: name === 'munich' ? 7 : 8 };
  });

describe('a device', () => {
  it.each([
    '',
    'type:scales',
    'version:1.1.0',
    'version:<1.2.0',
    'version:1.0.0..1.1.9',
    'version:>1.0.9',
    'build:>5',
    'build:6',
    'tag:lab tag:"a b"',
    '-tag:beta',
    'channel:beta group:munich status:failed identity:token',
    'hw_revision:B attr.ok:true',
    'chip_revision:>=0.4',
    'chip_revision:0.4',
    'slot_size:>2000',
    'seen:1h -seen:59m',
    'id:24:6f:28:03:7e:51',
    'id:1..99999999999999',
    'id:*51',
    'munich',
    '"munich 7"',
    'group:MUNICH group:all -group:none',
    'attr.count:1.0 attr.count_text:1 -attr.count_text:1.0 attr.big:>5',
    '24-6F-2 246f28037e51 0x246f28037e51',
    '24:6f:28',
    '4005',
    '40059',
    'type:other OR type:scales',
    '-(type:other tag:lab)',
  ])('is found by %s', (filter) => {
    expect(matches(read(filter), DEVICE, NOW)).toBe(true);
  });

  it.each([
    'type:scale',
    'version:<1.1.0',
    'version:abc1234',
    'build:>6',
    'tag:beta',
    '-tag:lab',
    'group:berlin',
    'group:none',
    '-group:all',
    'attr.big:1000000000000000000000',
    'hw_revision:>1',
    'attr.ok:>0',
    'attr.none:1',
    'attr.none:<1',
    'seen:59m',
    'id:1..500',
    'id:*00',
    'unich',
    '24:6f:29',
    '44',
    'type:other OR tag:beta',
  ])('is not found by %s', (filter) => {
    expect(matches(read(filter), DEVICE, NOW)).toBe(false);
  });

  it.each([
    'type:scales',
    'version:<9.0.0',
    'build:>=0',
    'tag:lab',
    'hw_revision:B',
    'group:munich',
    'munich',
  ])('of which nothing is known is found only by the contrary of %s', (filter) => {
    expect(matches(read(filter), BARE, NOW)).toBe(false);
    expect(matches(read(`-${filter}`), BARE, NOW)).toBe(true);
  });

  it('whose version has no place in the order is found by its text alone', () => {
    const odd = { ...DEVICE, version: versionOf('abc1234') };
    expect(matches(read('version:abc1234'), odd, NOW)).toBe(true);
    expect(matches(read('version:<9.0.0 OR version:>=0.0.0'), odd, NOW)).toBe(false);
  });
});
